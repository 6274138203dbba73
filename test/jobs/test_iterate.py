"""Going through all jobs of a model, over real connections."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from leap import Leap, NotFoundError, ResponseDecodingError, SchemaValidationError

if TYPE_CHECKING:
    from leap.emulator import Emulator


def submit(leap: Leap, prompts: Any) -> None:
    """Submit small jobs."""
    for prompt in prompts:
        leap.generate_images.create(prompt=str(prompt), model_id="m", width=8, height=8)


def pages_asked_for(loopback: Any) -> list[str]:
    """The numbers of the pages that the server was asked for."""
    return [parse_qs(urlsplit(request.target).query)["page"][0] for request in loopback.requests]


def test_every_job_is_given_newest_first(emulated: Leap) -> None:
    """All pages of the list are one sequence of typed jobs."""
    submit(emulated, range(7))
    jobs = emulated.generate_images.iterate("m", page_size=3)
    assert [job.prompt for job in jobs] == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_page_is_read_when_it_is_needed(loopback: Any, leap: Leap, job: Any, answer_of: Any) -> None:
    """Nothing is asked for before the first job is, and no page before the ones before it are used up."""
    loopback.answer(
        *(answer_of([{**job, "id": f"{page}-{each}"} for each in range(2)]) for page in range(2)),
        answer_of([]),
    )
    jobs = leap.generate_images.iterate("m", page_size=2)
    assert pages_asked_for(loopback) == []
    assert [next(jobs).id, next(jobs).id] == ["0-0", "0-1"]
    assert pages_asked_for(loopback) == ["1"]
    assert [each.id for each in jobs] == ["1-0", "1-1"]
    assert pages_asked_for(loopback) == ["1", "2", "3"]


def test_jobs_that_arrive_meanwhile_bring_nothing_twice(emulated: Leap) -> None:
    """Each job that was there is given once, though new ones push the others to later pages."""
    submit(emulated, range(9))
    given = []
    for job in emulated.generate_images.iterate("m", page_size=2):
        given.append(job.prompt)
        if len(given) in {2, 4}:
            submit(emulated, ["new", "new"])
    assert [prompt for prompt in given if prompt != "new"] == [str(number) for number in range(9)][::-1]


def test_only_finished_jobs_and_later_pages_can_be_asked_for(
    loopback: Any, leap: Leap, answer_of: Any
) -> None:
    """`only_finished`, `page_size` and `start_page` go into the request."""
    loopback.answer(answer_of([]))
    assert list(leap.generate_images.iterate("m", only_finished=True, page_size=5, start_page=3)) == []
    query = parse_qs(urlsplit(loopback.requests[0].target).query)
    assert query == {"onlyFinished": ["true"], "page": ["3"], "pageSize": ["5"]}


def test_a_hundred_thousand_jobs_take_no_more_memory_than_a_thousand(
    loopback: Any, leap: Leap, job: Any, answer_of: Any
) -> None:
    """What has been given is let go: the peak after the first pages is the peak at the end."""
    size = 1000
    numbers = iter(range(100))
    template = json.dumps([{**job, "id": f"PAGE-{each:04}"} for each in range(size)])

    def page(connection: Any) -> None:
        number = next(numbers, None)
        connection.send(answer_of("[]" if number is None else template.replace("PAGE", f"{number:04}")))

    loopback.answer(page)
    jobs = leap.generate_images.iterate("m", page_size=size)
    # What is remembered of the pages that were read grows up to a bound, which 10,000 jobs do not reach.
    peaks = []
    count = 0
    tracemalloc.start()
    try:
        for count, _ in enumerate(jobs, 1):
            if count % 20_000 == 0:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert count == 100 * size
    assert max(peaks[1:]) < peaks[0] + 40 * 100_000


def test_what_cannot_be_read_says_how_to_go_on(emulator: Emulator, emulated: Leap) -> None:
    """A page that could not be read ends it with an error whose note names the page."""
    submit(emulated, range(3))
    jobs = emulated.generate_images.iterate("m", page_size=2)
    assert [next(jobs).prompt, next(jobs).prompt] == ["2", "1"]
    emulator.faults.add(method="GET", status=404)
    with pytest.raises(NotFoundError) as caught:
        next(jobs)
    assert caught.value.__notes__ == ["iterate(…, start_page=2) goes on from there."]


@pytest.mark.filterwarnings("ignore::leap.ResponseValidationWarning")
def test_what_is_no_list_is_an_error_with_the_answer(loopback: Any, leap: Leap, answer_of: Any) -> None:
    """JSON that is no list is not taken for an empty one."""
    loopback.answer(answer_of({"jobs": []}))
    with pytest.raises(ResponseDecodingError, match="no list of jobs") as caught:
        next(leap.generate_images.iterate("m"))
    assert json.loads(json.dumps(caught.value.body)) == {"jobs": []}


@pytest.mark.parametrize(
    "arguments",
    [{"page_size": 0}, {"page_size": "7"}, {"page_size": True}, {"start_page": 0}, {"only_finished": "yes"}],
    ids=str,
)
def test_bad_arguments_are_refused_before_the_first_job_is_asked_for(leap: Leap, arguments: Any) -> None:
    """What is wrong is said where it was written, not where the first job is taken."""
    with pytest.raises(SchemaValidationError, match=next(iter(arguments))):
        leap.generate_images.iterate("m", **arguments)


def test_a_model_has_to_be_named(leap: Leap) -> None:
    """An id that would be another address is refused."""
    with pytest.raises(SchemaValidationError, match="model_id"):
        leap.generate_images.iterate("..")
