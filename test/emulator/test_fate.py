"""Jobs that fail because somebody asked for it, and chance that repeats itself."""

from typing import Any

import pytest

from leap.emulator import Emulator
from leap.emulator.fate import Fates


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("an owl [fail]", "it was asked for with [fail]"),
        ("[FAIL: out of memory] an owl", "out of memory"),
        ("an owl [fail:]", "it was asked for with [fail]"),
    ],
)
def test_a_prompt_can_ask_for_failure(connect: Any, wait_until: Any, prompt: str, reason: str) -> None:
    """A job with the marker in its prompt goes through processing to failed, without pictures."""
    with Emulator(speed=float("inf")) as emulator:
        api = connect(emulator)
        job_id = api.create(prompt=prompt)["id"]
        job = wait_until(lambda: (job := api.read(job_id))["state"] == "failed" and job)
        assert (job["status"], job["images"], job["prompt"]) == ("failed", [], prompt)
        assert emulator.store.jobs.find_anywhere(job_id).failure == reason  # type: ignore[union-attr]


@pytest.mark.parametrize("prompt", ["to fail is human", "fail", "[failure]", "[fail", "epic fail]"])
def test_talking_of_failure_is_no_marker(prompt: str) -> None:
    """Only the marker itself makes a job fail."""
    assert Fates(None, 0).of_job(1, prompt).doom is None


def test_the_share_of_jobs_that_fail() -> None:
    """With a fail rate about that share fails: none at 0, all at 1, about a third at a third."""
    failed = {
        rate: sum(Fates(7, rate).of_job(count, "an owl").doom is not None for count in range(3000))
        for rate in (0, 1 / 3, 1)
    }
    assert (failed[0], failed[1]) == (0, 3000)
    assert 900 < failed[1 / 3] < 1100


def test_a_seeded_emulator_repeats_itself(connect: Any, wait_until: Any) -> None:
    """Two emulators with one seed give the same seeds, failures and pictures; another seed gives others."""

    def run(seed: int) -> list[tuple[int, str, list[bytes]]]:
        with Emulator(seed=seed, fail_rate=0.4, speed=float("inf")) as emulator:
            api = connect(emulator)
            ids = [api.create()["id"] for _ in range(8)]
            ended = ("finished", "failed")
            jobs = [wait_until(lambda id_=id_: (j := api.read(id_))["state"] in ended and j) for id_ in ids]
            return [
                (job["seed"], job["state"], [api.request("GET", i["uri"]).body for i in job["images"]])
                for job in jobs
            ]

    first = run(7)
    assert first == run(7)
    assert {state for _, state, _ in first} == {"finished", "failed"}
    assert [seed for seed, *_ in first] != [seed for seed, *_ in run(8)]


def test_workspaces_do_not_disturb_each_other(connect: Any) -> None:
    """What one workspace submits changes nothing of the seeds that another gets."""
    with Emulator(seed=7) as emulator:
        alone = [connect(emulator).create()["seed"] for _ in range(2)]
    assert alone[0] == alone[1]


def test_without_a_seed_chance_is_chance() -> None:
    """Without the emulator's seed no two jobs get the same."""
    fates = Fates(None, 0)
    assert len({fates.of_job(1, "an owl").seed for _ in range(20)}) > 15


def test_a_seed_of_the_job_itself_counts(api: Any) -> None:
    """A seed that the request brings is the job's, whatever the emulator's."""
    assert api.create(seed=12)["seed"] == 12
