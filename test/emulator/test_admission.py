"""Which tokens are let in, and how often."""

from typing import Any

import pytest

from leap.emulator import Emulator
from leap.emulator.admission import WINDOW, Admission
from leap.emulator.errors import Refusal


def test_only_the_tokens_set_are_let_in(connect: Any, jobs_path: str) -> None:
    """With tokens set, one of them is let in, and another gets 401 before anything else is looked at."""
    with Emulator(tokens=["first", "second"]) as emulator:
        assert connect(emulator, token="second").request("GET", jobs_path).status == 200  # noqa: S106
        stranger = connect(emulator, token="third")  # noqa: S106
        for answer in (
            stranger.request("GET", jobs_path),
            stranger.request("POST", jobs_path, {"steps": "many"}),
        ):
            assert (answer.status, answer.json) == (401, {"statusCode": 401, "message": "Unauthorized"})


def test_a_single_token_need_be_no_list(connect: Any, jobs_path: str) -> None:
    """One token as a string is that token, and not its letters."""
    with Emulator(tokens="abc") as emulator:
        assert connect(emulator, token="abc").request("GET", jobs_path).status == 200  # noqa: S106
        assert connect(emulator, token="a").request("GET", jobs_path).status == 401  # noqa: S106


def test_past_the_rate_limit_there_is_429(connect: Any, jobs_path: str) -> None:
    """Each token has its own count; past the limit there is 429 in the API's form and a time to return."""
    with Emulator(rate_limit=2) as emulator:
        api = connect(emulator)
        answers = [api.request("GET", jobs_path) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
        assert answers[2].json["statusCode"] == 429
        assert answers[2].json["message"] == "ThrottlerException: Too Many Requests"
        assert 0 < int(answers[2].headers["retry-after"]) <= WINDOW
        assert connect(emulator).request("GET", jobs_path).status == 200


def test_a_refusal_tells_the_limit_too(connect: Any, jobs_path: str) -> None:
    """What is wrong with a request does not hide how many more there may be."""
    with Emulator(rate_limit=5) as emulator:
        api = connect(emulator)
        answers = [api.request("GET", f"{jobs_path}?page=0"), api.request("GET", f"{jobs_path}/none")]
        assert [answer.status for answer in answers] == [400, 404]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["4", "3"]


def test_a_new_minute_is_a_new_count() -> None:
    """The count begins anew when the window has passed, and not before."""
    now = 1000.0
    admission = Admission(None, 1, lambda: now)
    assert admission.admit("a")["X-RateLimit-Reset"] == "60"
    now += WINDOW - 0.5
    with pytest.raises(Refusal) as refused:
        admission.admit("a")
    assert (refused.value.headers or {})["Retry-After"] == "1"
    now += 0.5
    admission.admit("a")


def test_without_a_limit_nothing_is_said_of_one(api: Any, jobs_path: str) -> None:
    """Without a limit there are no headers about one."""
    assert not [name for name in api.request("GET", jobs_path).headers if "ratelimit" in name]
