"""Fault rules in words."""

from collections.abc import Iterator
from typing import Final

from leap.emulator.faults import Fault, Rule
from leap.emulator.gallery.markup import status_line

_RESETS: Final = {
    "before": "breaks the connection before the request is carried out",
    "after": "carries the request out, then breaks the connection without an answer",
    "body": "breaks the connection in the middle of the answer",
}
_BODIES: Final = {
    "truncated": "cuts the body off half way",
    "wrong": "sends JSON of another shape",
    "html": "sends an HTML page in place of JSON",
    "unknown_state": "gives jobs a state that nobody knows",
    "null": "puts null in fields",
    "missing": "leaves out fields",
    "huge": "blows the body up with spaces",
}


def requests_of(fault: Fault) -> list[str]:
    """Say which requests a fault is for, beside their method, path and number."""
    said = []
    if fault.token_sha256 is not None:
        said.append("of one token only")
    if fault.skip:
        said.append("after the first" if fault.skip == 1 else f"after the first {fault.skip:,}")
    return said


def effects_of(fault: Fault) -> list[str]:
    """Say what a fault does, in the order in which it does so."""
    return list(_effects(fault))


def _effects(fault: Fault) -> Iterator[str]:
    if fault.carried_out:
        yield "carries the request out"
    if fault.delay:
        yield f"waits {fault.delay:g} s"
    yield from _effects_on_head(fault)
    yield from _effects_on_body(fault)
    if fault.reset is not None:
        yield _RESETS[fault.reset]


def _effects_on_head(fault: Fault) -> Iterator[str]:
    if fault.status is not None:
        yield f"answers {status_line(fault.status)}"
    if fault.retry_after is not None:
        yield f"says Retry-After: {fault.retry_after}"
    for name, value in fault.headers.items():
        yield f"says {name}: {value}"


def _effects_on_body(fault: Fault) -> Iterator[str]:
    if fault.body is not None:
        yield _BODIES[fault.body]
    if fault.fields:
        yield f"namely {', '.join(fault.fields)}"
    if fault.size is not None:
        yield f"{fault.size:,} bytes in all"
    if fault.bytes_per_second is not None:
        yield f"sends {fault.bytes_per_second:,g} bytes a second"


def hits_of(rule: Rule) -> str:
    """Say how often a rule has hit: "2 of 3 hits", "1 hit", "no hits yet"."""
    if rule.fault.times is not None:
        return f"{rule.hits:,} of {rule.fault.times:,} hits"
    return {0: "no hits yet", 1: "1 hit"}.get(rule.hits, f"{rule.hits:,} hits")
