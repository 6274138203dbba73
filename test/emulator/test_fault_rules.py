"""Fault rules: which requests they are for, how they count, and what is refused."""

import dataclasses
import hashlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from leap.emulator.faults import Fault, Faults
from leap.emulator.faults.consistency import BODIES, RESETS
from leap.emulator.faults.fault import BodyKind, FaultError, FaultSettings, Reset
from leap.emulator.faults.rules import MOST_RULES

SECRET = "a-secret-token"  # noqa: S105 - a token that nothing accepts


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        (None, "/anything", True),
        ("/api/v1/images", "/api/v1/images", True),
        ("/api/v1/images", "/api/v1/images/", False),
        ("/api/v1/images", "/api/v1", False),
        ("/api/*/images", "/api/v1/images", True),
        ("/api/*/images", "/api/v1/v2/images", False),
        ("/api/*", "/api/", False),
        ("/api/v*", "/api/v1", True),
        ("/api/v*", "/api/w1", False),
        ("/images/*.png", "/images/a.b.png", True),
        ("/images/*.png", "/images/a/b.png", False),
        ("/api/**", "/api", True),
        ("/api/**", "/api/v1/images", True),
        ("/api/**", "/apis", False),
        ("/**/inferences", "/api/v1/images/models/m/inferences", True),
        ("/**/inferences", "/api/v1/images/models/m/inferences/i", False),
        ("/**/models/**/x", "/api/models/a/b/x", True),
        ("/**/**/**/x", "/x", True),
        ("/a b", "/a%20b", True),
        ("/a%20b", "/a%20b", True),
        ("/models/*/x", "/models/a%2Fb/x", True),
        ("/models/a%2fb/x", "/models/a%2Fb/x", True),
        ("/models/a/b/x", "/models/a%2Fb/x", False),
        ("/models/%2A", "/models/a", False),
        ("/models/%2A", "/models/*", True),
        ("/ü", "/%C3%BC", True),
        ("/a.c", "/abc", False),
        ("/a[bc]", "/ab", False),
    ],
)
def test_a_path_is_matched_by_segments(pattern: str | None, path: str, matched: bool) -> None:
    """`*` stays within a segment, `**` does not, all else is literal, and percent-encoding never matters."""
    assert Fault(path=pattern, delay=1).matches("GET", path) is matched


def test_a_method_is_matched_exactly() -> None:
    """A method is matched in either case, and HEAD is not GET."""
    assert Fault(method="get", delay=1).matches("GET", "/")
    assert not Fault(method="GET", delay=1).matches("HEAD", "/")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["something to do"]),
        ({"path": "api"}, ["path"]),
        ({"path": "/a?b=c", "delay": 1}, ["path"]),
        ({"path": "/a**", "delay": 1}, ["path"]),
        ({"path": "/\ud800", "delay": 1}, ["path"]),
        ({"path": 1, "method": "A B", "token": "a b"}, ["path", "method", "token"]),
        ({"skip": -1, "times": 0}, ["skip", "times"]),
        ({"delay": -1}, ["delay"]),
        ({"delay": float("nan")}, ["delay"]),
        ({"delay": 10**400}, ["delay"]),
        ({"delay": True}, ["delay"]),
        ({"bytes_per_second": 0}, ["bytes_per_second"]),
        ({"bytes_per_second": "1"}, ["bytes_per_second"]),
        ({"status": 199}, ["status"]),
        ({"status": 600}, ["status"]),
        ({"status": 500.0}, ["status"]),
        ({"status": 500, "carried_out": 1}, ["carried_out"]),
        ({"status": 500, "retry_after": -1}, ["retry_after"]),
        ({"status": 500, "retry_after": "a\r\nb: c"}, ["retry_after"]),
        ({"status": 500, "retry_after": ""}, ["retry_after"]),
        ({"headers": {"a b": "c"}}, ["headers"]),
        ({"headers": {"a": "b\n"}}, ["headers"]),
        ({"headers": {"a": 1}}, ["headers"]),
        ({"headers": ["a"]}, ["headers"]),
        ({"headers": {"Content-Length": "1"}}, ["headers", "Content-Length"]),
        ({"reset": "never", "body": "rotten"}, ["reset", "body"]),
        ({"reset": ["before"]}, ["reset"]),
        ({"body": "null", "fields": "prompt"}, ["fields"]),
        ({"body": "huge", "size": 0}, ["size"]),
        # What does not go together.
        ({"reset": "before", "status": 500, "body": "html"}, ["status", "body", "before"]),
        ({"reset": "after", "bytes_per_second": 1}, ["bytes_per_second", "after"]),
        ({"reset": "after", "headers": {"a": "b"}}, ["headers", "after"]),
        ({"reset": "after", "carried_out": True}, ["carried_out"]),
        ({"carried_out": True, "body": "html"}, ["carried_out"]),
        ({"retry_after": 0, "delay": 1}, ["retry_after"]),
        ({"status": 204, "body": "html", "bytes_per_second": 1}, ["body", "bytes_per_second", "204"]),
        ({"status": 304, "reset": "body"}, ["reset", "304"]),
        ({"status": 500, "body": "unknown_state"}, ["unknown_state", "500"]),
        ({"body": "html", "fields": ["prompt"], "size": 5}, ["fields", "size"]),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], names: list[str]) -> None:
    """A bad fault is a ValueError that names everything that is wrong."""
    with pytest.raises(FaultError) as caught:
        Fault(**settings)
    assert [name for name in names if name not in str(caught.value)] == []


def test_a_fault_is_a_value() -> None:
    """Equal settings make equal faults with one hash, and none can be changed, not even through a part."""
    headers = {"a": "b"}
    fault = Fault(status=500, headers=headers, body="null", fields=("a",))
    headers["c"] = "d"
    assert fault == Fault(status=500, headers={"a": "b"}, body="null", fields=("a",))
    assert hash(fault) == hash(dataclasses.replace(fault))
    assert dataclasses.replace(fault, status=400) != fault
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.status = 400  # type: ignore[misc]


def test_a_token_is_shown_nowhere() -> None:
    """Neither the fault nor its rule nor its settings have the token in them; a copy still has its effect."""
    faults = Faults()
    rule = faults.add(Fault(delay=1, token=SECRET))
    assert SECRET not in str(vars(rule.fault))
    for shown in (repr(rule), str(rule.fault), str(rule.fault.settings())):
        assert SECRET not in shown
        assert hashlib.sha256(SECRET.encode()).hexdigest() not in shown
    copy = dataclasses.replace(rule.fault, delay=2)
    assert copy != Fault(delay=2)
    faults.clear()
    faults.add(copy)
    assert faults.match("GET", "/", SECRET)
    assert not faults.match("GET", "/", "another")
    assert not faults.match("GET", "/", None)


def test_the_keywords_are_those_of_a_fault() -> None:
    """What `add` takes by keyword is what a fault has, with the kinds that are checked."""
    names = {each.name for each in dataclasses.fields(Fault)} - {"token_sha256"} | {"token"}
    assert set(FaultSettings.__annotations__) == names
    assert (Reset.__args__, BodyKind.__args__) == (RESETS, BODIES)  # type: ignore[attr-defined]


def test_a_fault_can_be_made_again_from_its_settings() -> None:
    """The settings of a fault are those that were given, and make the same one."""
    settings: dict[str, Any] = {"path": "/api/**", "status": 503, "retry_after": 0, "headers": {"a": "b"}}
    assert Fault(**settings).settings() == settings
    assert Fault(**Fault(**settings).settings()) == Fault(**settings)


def test_skip_and_times() -> None:
    """A rule lets the first requests pass, hits so many, and is used up but still listed."""
    faults = Faults()
    rule = faults.add(method="GET", status=500, skip=2, times=3)
    assert not faults.match("POST", "/", None)
    hits = [faults.match("GET", "/", None) is not None for _ in range(8)]
    assert hits == [False] * 2 + [True] * 3 + [False] * 3
    assert (rule.hits, rule.used_up, list(faults)) == (3, True, [rule])


def test_the_first_rule_that_is_not_used_up_wins() -> None:
    """Rules take turns in the order in which they were added, and one that lets pass leaves to the next."""
    faults = Faults()
    for status, counts in ((500, {"skip": 1, "times": 1}), (501, {"times": 1}), (502, {})):
        faults.add(status=status, **counts)  # type: ignore[arg-type]
    matched = [faults.match("GET", "/", None) for _ in range(4)]
    assert [fault and fault.status for fault in matched] == [501, 500, 502, 502]


def test_removing() -> None:
    """A rule is removed by its id, once; clear removes the rest."""
    faults = Faults()
    first, second = faults.add(status=500), faults.add(Fault(status=501))
    assert faults.remove(first.id)
    assert not faults.remove(first.id)
    assert [rule.fault.status for rule in faults] == [501]
    assert second.id != first.id
    faults.clear()
    assert (len(faults), faults.match("GET", "/", None)) == (0, None)


def test_a_view_for_a_token_keeps_to_its_own() -> None:
    """Rules of one token hit and show only its own requests, and its clear leaves the others."""
    faults = Faults()
    everyone = faults.add(method="DELETE", status=500)
    mine, yours = faults.for_token(SECRET), faults.for_token("yours")
    rule = mine.add(status=501)
    yours.add(Fault(status=502))
    assert [len(mine), len(yours), len(faults)] == [1, 1, 3]
    assert not mine.remove(everyone.id)
    assert faults.match("GET", "/", SECRET) is rule.fault
    assert faults.match("GET", "/", None) is None
    with pytest.raises(ValueError, match="token"):
        mine.add(status=503, token="yours")  # noqa: S106
    mine.clear()
    assert [rule.fault.status for rule in faults] == [500, 502]


def test_whoever_asked_is_told() -> None:
    """Adding, a hit, removing and clearing are each told once, and what changes nothing is not."""
    told: list[int] = []
    faults = Faults(lambda: told.append(len(faults)))
    rule = faults.add(status=500, times=1)
    faults.match("GET", "/", None)
    faults.match("GET", "/", None)
    faults.remove(rule.id)
    faults.remove(rule.id)
    faults.add(status=500)
    faults.clear()
    faults.clear()
    assert told == [1, 1, 0, 1, 0]


@pytest.fixture
def _eager_threads() -> Iterator[None]:
    """Threads take turns a thousand times as often, so that what is not guarded goes wrong."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_eager_threads")
def test_hits_are_exact_in_parallel() -> None:
    """Eight threads that match at once use a rule up exactly."""
    faults = Faults()
    rule = faults.add(status=500, skip=100, times=1000)
    hits: list[int] = []

    def run() -> None:
        hits.append(sum(faults.match("GET", "/", None) is not None for _ in range(1000)))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(hits), rule.hits, rule.skipped) == (1000, 1000, 100)


def test_there_is_an_end_to_rules() -> None:
    """No more rules are taken than can be looked through for each request."""
    faults = Faults()
    for _ in range(MOST_RULES):
        faults.add(status=500)
    with pytest.raises(ValueError, match=str(MOST_RULES)):
        faults.add(status=500)


@pytest.mark.parametrize("of_token", [False, True])
@pytest.mark.parametrize("given", [None, Fault(status=503)])
def test_a_setting_that_there_is_not_is_named(given: Fault | None, *, of_token: bool) -> None:
    """A misspelt setting is a `ValueError` like any other that makes no sense, and names the one meant."""
    faults = Faults()
    mistake: dict[str, Any] = {"stauts": 503}
    said = r"there is no setting stauts \(did you mean status\?\); there are method, path"
    with pytest.raises(ValueError, match=said):
        (faults.for_token("t") if of_token else faults).add(given, **mistake)
    assert not faults.rules
