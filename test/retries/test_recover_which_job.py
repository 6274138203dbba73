"""`create(…, recover=True)`: which job of a list is taken for the one whose answer was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from leap import ApiConnectionError, ApiException, Leap

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Connection, Loopback

    Answers = Callable[..., bytes]
    Job = dict[str, Any]

ASKED = {"prompt": "a red fox", "model_id": "m", "seed": 7, "steps": 30, "width": 512}
"""What the tests submit."""


def create(leap: Leap, **changes: Any) -> Any:
    """A create that looks for its job."""
    return leap.generate_images.create(**{**ASKED, "recover": True, **changes})


def failed(leap: Leap, **changes: Any) -> ApiException:
    """What a create raises that looked for its job in vain."""
    with pytest.raises(ApiException) as caught:
        create(leap, **changes)
    assert caught.value.may_have_been_accepted
    return caught.value


def notes_of(error: ApiException) -> str:
    """What an error says beside its message."""
    return "\n".join(error.__notes__)


class Listing:
    """A server that loses each answer to a POST, and lists the jobs that a test gives it.

    Attributes:
        jobs: What it lists, the newest first.
        skew: How far its clock is ahead of ours.
        tells_time: Whether its answers have a Date.
        posted_at: When it was sent the POST, on its own clock.
    """

    def __init__(self, loopback: Loopback, answer_of: Answers) -> None:
        self.jobs: list[Any] = []
        self.skew = timedelta()
        self.tells_time = True
        self.posted_at = datetime.min.replace(tzinfo=UTC)
        self._loopback = loopback
        self._answer_of = answer_of
        loopback.answer(self._answer)

    @property
    def methods(self) -> list[str]:
        """What it was asked, in order."""
        return [request.method for request in self._loopback.requests]

    def now(self) -> datetime:
        """The time on its clock."""
        return datetime.now(UTC) + self.skew

    def _answer(self, connection: Connection) -> None:
        request = self._loopback.requests[-1]
        if request.method == "POST":
            self.posted_at = self.now()
            connection.reset()
            return
        told = {"Date": format_datetime(self.now(), usegmt=True)} if self.tells_time else {}
        jobs = [each() if callable(each) else each for each in self.jobs]
        url = urlsplit(request.target)
        if url.path.endswith("/inferences"):
            page, size = (int(parse_qs(url.query)[name][0]) for name in ("page", "pageSize"))
            connection.send(self._answer_of(jobs[(page - 1) * size : page * size], **told))
        else:
            wanted = url.path.rpartition("/")[2]
            (found,) = [each for each in jobs if isinstance(each, dict) and each.get("id") == wanted]
            connection.send(self._answer_of(found, **told))


@pytest.fixture
def listing(loopback: Loopback, answer_of: Answers) -> Listing:
    """A server that loses the answers to POSTs."""
    return Listing(loopback, answer_of)


@pytest.fixture
def made(listing: Listing, job: Job) -> Callable[..., Callable[[], Job]]:
    """Makes a job that was submitted so many seconds after the POST came in, on the server's clock."""

    def make(seconds: float = 0.001, /, **changes: Any) -> Callable[[], Job]:
        def look() -> Job:
            at = listing.posted_at + timedelta(seconds=seconds)
            created = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            asked = {"prompt": "a red fox", "seed": 7, "steps": 30, "width": 512, "modelId": "m"}
            return {**job, **asked, "createdAt": created, **changes}

        return look

    return make


def test_of_two_that_match_none_is_taken(leap: Leap, listing: Listing, made: Callable[..., Any]) -> None:
    """Where it may be either of two jobs the error stays, and names both."""
    listing.jobs = [made(0.2, id="later"), made(0.1, id="earlier")]
    error = failed(leap)
    assert "earlier" in notes_of(error)
    assert "later" in notes_of(error)
    assert listing.methods.count("POST") == 1


def test_an_older_identical_job_is_not_taken(leap: Leap, listing: Listing, made: Callable[..., Any]) -> None:
    """What was submitted before the call began is another job, however equal it is."""
    listing.jobs = [made(-5, id="before"), made(-3600, id="long-before")]
    error = failed(leap)
    assert "before" not in notes_of(error)
    assert isinstance(error, ApiConnectionError)


def test_an_older_identical_job_is_not_in_the_way(
    leap: Leap, listing: Listing, made: Callable[..., Any]
) -> None:
    """Beside it the new one is known by its time."""
    listing.jobs = [made(id="new"), made(-5, id="before")]
    assert create(leap).body.id == "new"
    assert listing.methods == ["POST", "GET", "GET"]


@pytest.mark.parametrize(
    ("skew", "tells_time"),
    [
        (timedelta(), True),
        (timedelta(), False),  # a server that does not tell the time is taken to have ours
        (timedelta(hours=3), True),
        (timedelta(days=-400), True),
    ],
)
def test_the_servers_clock_counts(
    leap: Leap, listing: Listing, made: Callable[..., Any], skew: timedelta, *, tells_time: bool
) -> None:
    """Whatever time it is at the server, the new job is found and the old one is not."""
    listing.skew, listing.tells_time = skew, tells_time
    listing.jobs = [made(id="new"), made(-10, id="before")]
    assert create(leap).body.id == "new"
    listing.jobs = [made(-10, id="before")]
    failed(leap)


DIFFERENT: dict[str, dict[str, Any]] = {
    "prompt": {"prompt": "a red fox "},
    "prompt in another case": {"prompt": "A red fox"},
    "seed": {"seed": 8},
    "steps": {"steps": 31},
    "width": {"width": 1024},
    "no seed": {"seed": None},
    "seed as text": {"seed": "7"},
    "no prompt": {"prompt": None},
    "no time": {"createdAt": None},
    "no usable time": {"createdAt": "soon"},
    "a time without a zone": {"createdAt": "2023-05-09T13:18:46.085"},
    "a time out of range": {"createdAt": "99999-05-09T13:18:46.085Z"},
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_another_job(
    leap: Leap, listing: Listing, made: Callable[..., Any], name: str
) -> None:
    """A job that differs in what the call said, or of which that cannot be told, is not taken for it."""
    listing.jobs = [made(id="other", **DIFFERENT[name])]
    failed(leap)
    assert listing.methods.count("POST") == 1


def test_equal_numbers_are_equal(leap: Leap, listing: Listing, made: Callable[..., Any]) -> None:
    """512.0 pixels are 512, whoever writes them how."""
    listing.jobs = [made(id="new", width=512.0, steps=30.0)]
    assert create(leap, seed=7.0).body.id == "new"


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, {"id": "odd"}, {"prompt": "a red fox", "seed": 7}])
def test_odd_jobs_in_the_list_are_passed_over(
    leap: Leap, listing: Listing, made: Callable[..., Any], odd: Any
) -> None:
    """A list that breaks the contract elsewhere still has the job in it, and there is no warning about it."""
    listing.jobs = [odd, made(id="new"), odd]
    assert create(leap).body.id == "new"


def test_it_may_be_on_a_later_page(leap: Leap, listing: Listing, made: Callable[..., Any]) -> None:
    """Jobs that others have submitted since do not push it out of sight."""
    newer = [made(5, id=f"other-{number}", seed=number + 10) for number in range(250)]
    listing.jobs = [*newer, made(id="new"), *[made(-9, id=f"old-{number}") for number in range(50)]]
    assert create(leap).body.id == "new"
    assert len(listing.methods) == 1 + 3 + 1


def test_the_list_is_not_read_further_than_need_be(
    leap: Leap, listing: Listing, made: Callable[..., Any]
) -> None:
    """Reading ends where the jobs are older than the call: not every page of a long list is asked for."""
    listing.jobs = [made(id="new"), *[made(-9 - number, id=f"old-{number}") for number in range(1000)]]
    assert create(leap).body.id == "new"
    assert listing.methods == ["POST", "GET", "GET"]


def test_a_job_that_is_listed_late_is_found(
    leap: Leap, listing: Listing, made: Callable[..., Any], pauses: list[float]
) -> None:
    """A server that was too slow to answer may be slow to list it: it is looked for again after a pause."""

    def list_it(seconds: float) -> None:
        pauses.append(seconds)
        listing.jobs = [made(id="new")]

    leap.api_client.sleep = list_it
    assert create(leap).body.id == "new"
    assert len(pauses) == 1
    assert listing.methods.count("POST") == 1


@pytest.mark.parametrize("options", [{}, {"recover": False}])
def test_nothing_is_looked_for_unasked(
    leap: Leap, listing: Listing, made: Callable[..., Any], options: dict[str, Any]
) -> None:
    """Without `recover` there is one request and the error."""
    listing.jobs = [made(id="new")]
    with pytest.raises(ApiConnectionError) as caught:
        leap.generate_images.create(**ASKED, **options)
    assert caught.value.may_have_been_accepted
    assert listing.methods == ["POST"]


def test_a_strict_client_looks_through_an_odd_list(
    leap_at: Callable[..., Leap], loopback: Loopback, listing: Listing, made: Callable[..., Any]
) -> None:
    """What is wrong with somebody else's job does not cost a strict caller his own."""
    listing.jobs = [made(id="odd", state="hibernating", seed=9), made(id="new")]
    assert create(leap_at(loopback.url, response_validation="strict")).body.id == "new"
