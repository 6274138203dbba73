"""What the property tests share: a way to try a promise on many drawn cases, which counts them.

`LEAP_TEST_CASES` says how many cases a promise is tried on, 500 unless it does; it is a share of that where
each takes a conversation over a socket. The cases are the same in every run, so that a failure comes again;
with a number as `LEAP_TEST_SEED` they are others.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import SearchStrategy

CASES = int(os.environ.get("LEAP_TEST_CASES", "500"))
SEED = os.environ.get("LEAP_TEST_SEED")

_TRIED = "cases tried"


@pytest.fixture
def for_all(request: pytest.FixtureRequest) -> Callable[..., Counter[str]]:
    """Tries a check on many cases: `for_all(check, strategy, …, share=1, examples=[…])`.

    The check takes what is drawn from the strategies, and gives what came of the case in a word or two. How
    often each came is given back, and printed at the end of the run.
    """

    def run(
        check: Callable[..., str],
        *strategies: SearchStrategy[Any],
        share: float = 1.0,
        examples: Iterable[tuple[Any, ...]] = (),
    ) -> Counter[str]:
        wanted = max(1, round(CASES * share))
        outcomes: Counter[str] = Counter()

        @wraps(check, assigned=["__name__", "__doc__"], updated=[])
        def counted(case: tuple[Any, ...]) -> None:
            try:
                outcomes[check(*case)] += 1
            except Exception as error:
                # What hypothesis says of it under pytest is empty.
                error.add_note(f"case: {case!r}")
                raise

        del counted.__wrapped__  # hypothesis would look at the arguments of the check
        test = given(st.tuples(*strategies))(counted)
        for each in examples:
            test = example(each)(test)
        test = settings(
            max_examples=wanted,
            derandomize=SEED is None,
            database=None,
            deadline=None,
            print_blob=False,
            # How long drawing takes is a matter of what else the machine does.
            suppress_health_check=[HealthCheck.too_slow],
        )(test)
        began = perf_counter()
        (test if SEED is None else seed(int(SEED))(test))()
        seconds = perf_counter() - began
        assert outcomes.total() >= wanted, f"{outcomes.total()} of {wanted} cases were tried"
        told = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
        request.node.user_properties.append((_TRIED, f"{outcomes.total()} in {seconds:.1f} s: {told}"))
        return outcomes

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases each promise was tried on."""
    lines = [
        f"{report.nodeid.rpartition('/')[2]}: {told}"
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, told in report.user_properties
        if name == _TRIED
    ]
    if lines:
        terminalreporter.section(_TRIED)
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def any_text() -> SearchStrategy[str]:
    """Any text that Python can hold, with halves of surrogate pairs."""
    return st.text(st.characters(), max_size=20)


@pytest.fixture(scope="session")
def any_json(any_text: SearchStrategy[str]) -> SearchStrategy[Any]:
    """Any JSON value, and what JSON parsers give beside: NaN, infinities, integers beyond every double."""
    numbers = st.integers() | st.floats() | st.integers(-(10**400), 10**400) | st.just(10**4299)
    return st.recursive(
        st.none() | st.booleans() | numbers | any_text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
        max_leaves=8,
    )


@pytest.fixture
def any_job(any_json: SearchStrategy[Any], job: dict[str, Any]) -> SearchStrategy[dict[str, Any]]:
    """A job: as the contract has it, with some fields of it missing, of any other value, or more."""
    image = {"id": "i", "createdAt": "2023-05-09T13:18:58.412Z", "uri": "https://images.test/i.png"}
    images = st.lists(st.just(image) | any_json, max_size=3)

    def changed(names: list[str], given: dict[str, Any], pictures: list[Any]) -> dict[str, Any]:
        return {**{name: job[name] for name in job if name not in names}, "images": pictures, **given}

    return st.builds(
        changed,
        st.lists(st.sampled_from(sorted(job)), max_size=2),
        st.dictionaries(st.sampled_from(sorted(job)) | st.text(max_size=5), any_json, max_size=2),
        images,
    )
