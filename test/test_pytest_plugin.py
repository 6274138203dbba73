"""The pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

# An installed wheel brings the plugin in; a checkout does not, and to have it twice is an error.
_INSTALLED = any(each.value == "leap.pytest_plugin" for each in entry_points(group="pytest11"))
_ARGUMENTS = ("-W", "error", "-p", "no:cacheprovider", *(() if _INSTALLED else ("-p", "leap.pytest_plugin")))

JOB = 'prompt="a fox", model_id="m", width=64, height=64'


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Runs pytest on a test file, in a process of its own."""

    def runner(code: str, *arguments: str, conftest: str = "") -> pytest.RunResult:
        pytester.makeconftest(conftest)
        pytester.makepyfile(test_of_a_user=code)
        return pytester.runpytest_subprocess(*_ARGUMENTS, *arguments, timeout=60)

    return runner


def test_a_test_gets_a_client_of_an_emulator(run: Callable[..., pytest.RunResult]) -> None:
    """With the fixtures, a job is submitted, waited for and found finished; no setup, no waiting."""
    run(f"""
        def test_a_job(leap_client, leap_emulator):
            job = leap_client.generate_images.create({JOB}).body
            leap_emulator.wait_until_idle()
            job = leap_client.generate_images.find_one(model_id="m", inference_id=job.id).body
            assert job.state == "finished"
            assert [each["id"] for each in leap_emulator.jobs()] == [job.id]
    """).assert_outcomes(passed=1)


def test_a_client_of_the_programs_own_gets_there_too(run: Callable[..., pytest.RunResult]) -> None:
    """While a test uses the emulator, the environment names it; before and after it is as it was."""
    run("""
        import os
        from leap import Leap

        os.environ["LEAP_API_KEY"] = "of-the-real-account"

        def test_inside(leap_emulator):
            assert os.environ["LEAP_HOST"] == leap_emulator.url
            with Leap() as leap:
                assert leap.generate_images.find_all(model_id="m").body == ()
                assert leap.api_client.configuration.access_token == leap_emulator.token

        def test_after():
            assert os.environ["LEAP_API_KEY"] == "of-the-real-account"
            assert "LEAP_HOST" not in os.environ
    """).assert_outcomes(passed=2)


def test_tests_do_not_see_each_other(run: Callable[..., pytest.RunResult]) -> None:
    """Every test starts without jobs and fault rules, on the same server, which keeps nothing of the last."""
    run(f"""
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_alone(number, leap_client, leap_emulator, leap_emulator_server):
            assert sum(leap_emulator_server.store.jobs.counts().values()) == 0
            assert list(leap_emulator_server.faults) == []
            assert leap_emulator.jobs() == []
            leap_client.generate_images.create({JOB})
            leap_emulator.faults.add(path="/api/**", status=503)
            assert len(leap_emulator.faults) == 1
    """).assert_outcomes(passed=3)


def test_the_client_is_closed_after_its_test(run: Callable[..., pytest.RunResult]) -> None:
    """A client that was kept is of no use to the next test, which has one of its own."""
    run("""
        import leap, pytest

        kept = []

        def test_first(leap_client):
            kept.append(leap_client)

        def test_second(leap_client):
            assert leap_client.generate_images.find_all(model_id="m").body == ()
            with pytest.raises(leap.ClientClosedError):
                kept[0].generate_images.find_all(model_id="m")
    """).assert_outcomes(passed=2)


def test_runs_repeat(run: Callable[..., pytest.RunResult]) -> None:
    """A job without a seed gets the same one in every run, whichever tests ran before."""
    code = f"""
        import pytest

        @pytest.mark.parametrize("name", "ab")
        def test_seed(name, leap_client):
            seeds = [leap_client.generate_images.create({JOB}).body.seed for _ in range(2)]
            print("seeds of", name, *seeds)
    """
    runs = [
        re.findall(r"seeds of b (\d+) (\d+)", run(code, "-s", *arguments).stdout.str())
        for arguments in ((), ("-k", "b"))
    ]
    assert runs[0] == runs[1]
    ((first, second),) = runs[0]
    assert first != second


def test_safe_under_xdist(run: Callable[..., pytest.RunResult]) -> None:
    """With two processes every test still has a workspace to itself, and both processes have work."""
    pytest.importorskip("xdist")
    result = run(
        f"""
        import pytest

        @pytest.mark.parametrize("number", range(12))
        def test_alone(number, leap_client, leap_emulator, worker_id):
            assert leap_emulator.jobs() == []
            job = leap_client.generate_images.create({JOB}).body
            leap_emulator.wait_until_idle()
            assert [each["id"] for each in leap_emulator.jobs()] == [job.id]
            assert leap_emulator.jobs()[0]["state"] == "finished"
            leap_emulator.faults.add(status=503)
            assert len(leap_emulator.faults) == 1
        """,
        "-n", "2", "-v",
    )  # fmt: skip
    result.assert_outcomes(passed=12)
    assert {match[1] for line in result.outlines if (match := re.match(r"\[(gw\d)\].*PASSED", line))} == {
        "gw0",
        "gw1",
    }


def test_the_server_may_be_another_one(run: Callable[..., pytest.RunResult]) -> None:
    """A fixture of the project's own in place of the server's makes all fixtures use it."""
    conftest = """
        import pytest
        from leap.emulator import Emulator

        @pytest.fixture(scope="session")
        def leap_emulator_server():
            with Emulator(fail_rate=1, speed=float("inf")) as emulator:
                yield emulator
    """
    run(
        f"""
        def test_failing(leap_client, leap_emulator):
            leap_client.generate_images.create({JOB})
            leap_emulator.wait_until_idle()
            assert [job["state"] for job in leap_emulator.jobs()] == ["failed"]
        """,
        conftest=conftest,
    ).assert_outcomes(passed=1)


def test_who_does_not_use_it_does_not_notice(run: Callable[..., pytest.RunResult]) -> None:
    """Without a fixture in use there is no server, thread or setting, and no need of the extra."""
    run(
        """
        import os, sys, threading

        def test_nothing_is_there():
            assert "leap.emulator" not in sys.modules
            assert threading.enumerate() == [threading.main_thread()]
            assert not [name for name in os.environ if name.startswith("LEAP_H")]
        """,
        "-p", "no:randomly",
        conftest="import sys; sys.modules['starlette'] = None",
    ).assert_outcomes(passed=1)  # fmt: skip


def test_without_the_extra_a_fixture_says_how_to_get_it(run: Callable[..., pytest.RunResult]) -> None:
    """Where a package of the emulator is missing, a test that needs it is an error of one line."""
    result = run(
        "def test_needs_it(leap_client): pass\ndef test_does_not(): pass",
        conftest="import sys; sys.modules['uvicorn'] = None",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(['*needs uvicorn*pip install "leap-sdk?emulator?"'])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_loading_it_imports_nothing_heavy() -> None:
    """The plugin, which every run of pytest loads beside an installed `leap`, leaves the emulator out."""
    heavy = {"leap.emulator", "starlette", "uvicorn", "jinja2", "PIL", "yaml", "typer", "rich", "msgspec"}
    code = f"import sys, leap.pytest_plugin; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_help_names_the_fixtures(run: Callable[..., pytest.RunResult]) -> None:
    """`pytest --fixtures` tells what there is."""
    text = run("", "--fixtures").stdout.str()
    for name in ("leap_emulator ", "leap_client ", "leap_emulator_server "):
        assert f"\n{name}" in text
