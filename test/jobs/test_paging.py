"""Which pages are read, and what on them is new."""

from __future__ import annotations

import random
from typing import Any

import pytest

from leap.jobs.paging import REMEMBERED_JOBS, Paging


class Service:
    """A list of jobs, the newest first, that changes as it is read."""

    def __init__(self, jobs: int, *, most: int = 10**9) -> None:
        self.ids = [str(number) for number in range(jobs)][::-1]
        self.readings: list[int] = []
        self._most = most

    def page(self, number: int, size: int) -> list[dict[str, Any]]:
        """A page of the list as it is now."""
        self.readings.append(number)
        size = min(size, self._most)
        return [{"id": each} for each in self.ids[(number - 1) * size : number * size]]

    def submit(self, count: int) -> None:
        """Put new jobs before the others."""
        begin = len(self.ids)
        self.ids[:0] = [f"new-{begin + number}" for number in range(count)][::-1]


def everything(service: Service, size: int, meanwhile: Any = lambda: None) -> list[str]:
    """The ids of all that is given, reading pages of a size."""
    paging = Paging(size)
    given = []
    while paging.page is not None:
        given += [job["id"] for job in paging.take(service.page(paging.page, size))]
        meanwhile()
    return given


@pytest.mark.parametrize("jobs", [0, 1, 9, 10, 11, 20, 25])
def test_every_job_is_given_once(jobs: int) -> None:
    """Pages that are full, short or empty at the end make no difference to what is given."""
    service = Service(jobs)
    assert everything(service, 10) == service.ids


def test_a_short_page_is_the_last() -> None:
    """After full pages, one that is not full ends it without another question."""
    service = Service(25)
    everything(service, 10)
    assert service.readings == [1, 2, 3]


def test_a_server_that_gives_fewer_than_asked_for_is_read_to_the_end() -> None:
    """A first page that is short may be all that the server gives at a time."""
    service = Service(25, most=7)
    assert everything(service, 10) == service.ids


def test_a_server_that_takes_no_notice_of_the_page_ends() -> None:
    """The same page again and again is given once."""
    paging = Paging(3)
    page = [{"id": each} for each in "abc"]
    given = []
    while paging.page is not None:
        given += paging.take(page)
        assert paging.page is None or paging.page < 20
    assert given == page


@pytest.mark.parametrize("arrivals", [1, 3, 10, 25])
def test_new_jobs_bring_nothing_twice_and_hide_nothing(arrivals: int) -> None:
    """Jobs that are submitted between two pages push others to the next page, which are not given again."""
    service = Service(60)
    old = list(service.ids)
    left = iter(range(5))
    given = everything(service, 10, lambda: service.submit(arrivals if next(left, None) is not None else 0))
    assert len(given) == len(set(given))
    assert [each for each in given if each in set(old)] == old


def test_any_burst_of_new_jobs_leaves_the_old_ones_complete() -> None:
    """Whatever number of jobs is submitted between pages, each old one is given, and once."""
    chance = random.Random(7)  # noqa: S311 - the same every time
    for _ in range(50):
        service = Service(chance.randrange(80))
        old = list(service.ids)
        bursts = iter([chance.choice([0, 0, 1, 5, 10, 37, 200]) for _ in range(6)])
        given = everything(service, 5, lambda s=service, b=bursts: s.submit(next(b, 0)))
        assert len(given) == len(set(given))
        assert [each for each in given if each in set(old)] == old


def test_a_job_that_is_remembered_is_not_given_again() -> None:
    """As many jobs may be submitted between two pages as are remembered, and still nothing comes twice."""
    service = Service(200)
    old = list(service.ids)
    bursts = iter([REMEMBERED_JOBS - 300])
    given = everything(service, 100, lambda: service.submit(next(bursts, 0)))
    assert len(given) == len(set(given))
    assert [each for each in given if each in set(old)] == old


def test_a_job_without_an_id_is_given() -> None:
    """A job that breaks the contract is not lost, and is known again by what it holds."""
    paging = Paging(4)
    assert paging.take([{"prompt": "a"}, {"id": 7}, "text", {"prompt": "a"}]) == [
        {"prompt": "a"},
        {"id": 7},
        "text",
    ]
