"""Lists of jobs."""

from typing import Any

import pytest

from leap.emulator import Emulator

PNG = b"\x89PNG\r\n\x1a\n"  # as much of one as the emulator looks at


def _ids(api: Any, path: str) -> list[str]:
    return [job["id"] for job in api.request("GET", path).json]


def test_the_newest_comes_first_page_by_page(api: Any, jobs_path: str) -> None:
    """Pages count from 1, hold pageSize jobs, and together give every job once, the newest first."""
    made = [api.create()["id"] for _ in range(7)][::-1]
    pages = [_ids(api, f"{jobs_path}?page={page}&pageSize=3") for page in (1, 2, 3, 4)]
    assert pages == [made[:3], made[3:6], made[6:], []]


def test_a_page_has_twenty_jobs_by_default_and_a_hundred_at_most(api: Any, jobs_path: str) -> None:
    """Without pageSize there are 20 jobs, which is documented; more than 100 are refused, not cut."""
    made = [api.create()["id"] for _ in range(101)][::-1]
    assert _ids(api, jobs_path) == made[:20]
    assert _ids(api, f"{jobs_path}?page=2") == made[20:40]
    assert _ids(api, f"{jobs_path}?pageSize=100") == made[:100]
    assert api.request("GET", f"{jobs_path}?pageSize=101").json["message"] == [
        "pageSize must not be greater than 100"
    ]


def test_only_finished_leaves_the_others_out(connect: Any, wait_until: Any, jobs_path: str) -> None:
    """onlyFinished=true gives finished jobs alone, with their pictures; false gives all."""

    def draw(parameters: Any, _position: int) -> bytes:
        if parameters.prompt == "fail":
            raise RuntimeError("no paint")
        return PNG

    with Emulator(speed=float("inf"), renderer=draw) as emulator:
        api = connect(emulator)
        good = api.finished()["id"]
        bad = api.create(prompt="fail")["id"]
        wait_until(lambda: api.read(bad)["state"] == "failed")
        (job,) = api.request("GET", f"{jobs_path}?onlyFinished=true").json
        assert (job["id"], len(job["images"])) == (good, 1)
        assert _ids(api, f"{jobs_path}?onlyFinished=false") == [bad, good]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page=0", "page must not be less than 1"),
        ("page=-1", "page must not be less than 1"),
        ("page=0.9", "page must not be less than 1"),
        ("page=abc", "page must be a number"),
        ("page=", "page must be a number"),
        ("page=NaN", "page must be a number"),
        ("page=Infinity", "page must be a number"),
        ("page=1_0", "page must be a number"),
        ("page=%D9%A1", "page must be a number"),
        ("page=1e400", "page must be a finite number"),
        ("page=" + "9" * 5000, "page must be a finite number"),
        ("page=1&page=2", "page must be given only once"),
        ("pageSize=0", "pageSize must not be less than 1"),
        ("pageSize=100.5", "pageSize must not be greater than 100"),
        ("onlyFinished=maybe", "onlyFinished must be a boolean"),
        ("onlyFinished=1", "onlyFinished must be a boolean"),
        ("onlyFinished=True", "onlyFinished must be a boolean"),
    ],
)
def test_nonsense_is_refused_by_name(api: Any, jobs_path: str, query: str, message: str) -> None:
    """A query that means nothing is answered 400 with the parameter and what is wrong with it."""
    answer = api.request("GET", f"{jobs_path}?{query}")
    assert (answer.status, answer.json["message"]) == (400, [message])


def test_every_fault_of_a_query_is_named_at_once(api: Any, jobs_path: str) -> None:
    """Three bad parameters give three sentences."""
    answer = api.request("GET", f"{jobs_path}?page=0&pageSize=x&onlyFinished=2")
    assert sorted(answer.json["message"]) == [
        "onlyFinished must be a boolean",
        "page must not be less than 1",
        "pageSize must be a number",
    ]


@pytest.mark.parametrize("page", ["1e300", "9223372036854775808", "1.0e2", "100"])
def test_a_page_beyond_the_end_is_empty(api: Any, jobs_path: str, page: str) -> None:
    """Any page after the last is an empty list, however far."""
    api.create()
    answer = api.request("GET", f"{jobs_path}?page={page}")
    assert (answer.status, answer.json) == (200, [])


def test_the_whole_part_of_a_fraction_counts(api: Any, jobs_path: str) -> None:
    """A page may be a fraction, as in the API's document: 3.14 is page 3, and 3.14 jobs are 3."""
    made = [api.create()["id"] for _ in range(8)][::-1]
    assert _ids(api, f"{jobs_path}?page=3.14&pageSize=3.14") == made[6:]


def test_unknown_parameters_are_passed_over(api: Any, jobs_path: str) -> None:
    """A query parameter that the contract does not know changes nothing."""
    assert api.request("GET", f"{jobs_path}?cache=no&Page=0").status == 200
