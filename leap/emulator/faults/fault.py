"""A fault: which requests it is for, and what goes wrong with them."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, fields
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Literal, TypedDict

from leap.emulator.faults import path_pattern
from leap.emulator.faults.consistency import faults_of

Reset = Literal["before", "after", "body"]
BodyKind = Literal["truncated", "wrong", "html", "unknown_state", "null", "missing", "huge"]

HUGE: Final = 100_000_000
"""Bytes of a huge body if no `size` is given."""


class FaultSettings(TypedDict, total=False):
    """The keyword arguments of `Fault`, for the signatures that pass them on."""

    method: str | None
    path: str | None
    token: str | None
    skip: int
    times: int | None
    delay: float
    bytes_per_second: float | None
    status: int | None
    carried_out: bool
    retry_after: float | str | None
    headers: Mapping[str, str]
    reset: Reset | None
    body: BodyKind | None
    fields: tuple[str, ...]
    size: int | None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with which requests. Everything that is not given is left as it is without the fault.

    Attributes:
        method: The HTTP method that it is for, "GET" for instance; None for any.
        path: The paths that it is for, without a query: `*` is one segment or a part of one, `**` any
            number of segments; None for any. See `path_pattern` for percent-encoding.
        token: Only requests with this bearer token, and those for its pictures; None for any. Kept as its
            SHA-256 only, as `token_sha256`, and shown nowhere.
        skip: How many matching requests pass unharmed at first.
        times: How many requests it then hits; None for all.
        delay: Seconds to wait before the request is carried out; with `carried_out` between that and the
            answer. A request whose client hangs up before it was carried out never is.
        bytes_per_second: How slowly the body of the answer comes.
        status: Status code to answer with, 200 to 599, instead of carrying the request out.
        carried_out: Carry the request out, then delay, then answer with `status` if given: what a gateway
            does that lost the answer. With a status of 2xx the answer keeps its own body.
        retry_after: The Retry-After header of that answer: seconds, or a text such as an HTTP date.
        headers: Headers of the answer, in place of those of the same name.
        reset: Break the connection with a TCP reset: "before" the request is carried out, "after" it was
            but before the answer, or in the middle of the answer's "body".
        body: What is wrong with the body: "truncated" in the middle, the "wrong" JSON, "html" in place of
            JSON, an "unknown_state" of a job, "null" or "missing" fields, or "huge".
        fields: Which fields are null or missing, in the spelling of the wire: "seed", "images.uri". By
            default `state`, `status` and `images` of each job, or the `message` of a refusal.
        size: Bytes of a huge body; by default 100 MB. It is the right JSON with spaces behind it.

    Raises:
        ValueError: Something is out of its range, or does not go with the rest; the message names it all.
    """

    method: str | None = None
    path: str | None = None
    token: InitVar[str | None] = None
    skip: int = 0
    times: int | None = None
    delay: float = 0
    bytes_per_second: float | None = None
    status: int | None = None
    carried_out: bool = False
    retry_after: float | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    reset: Reset | None = None
    body: BodyKind | None = None
    fields: tuple[str, ...] = ()
    size: int | None = None
    token_sha256: str | None = field(default=None, repr=False)

    def __post_init__(self, token: str | None) -> None:
        """Check everything, and turn what was given into values that cannot change."""
        if found := faults_of({**vars(self), "token": token}):
            raise FaultError(found)
        put = object.__setattr__
        put(self, "method", self.method and self.method.upper())
        put(self, "headers", MappingProxyType(dict(self.headers)))
        put(self, "fields", tuple(self.fields))
        if token is not None:
            put(self, "token_sha256", digest(token))

    def __repr__(self) -> str:
        settings = [f"{name}={value!r}" for name, value in self.settings().items()]
        return f"Fault({', '.join([*settings, 'token=…'] if self.token_sha256 else settings)})"

    def matches(self, method: str, path: str, token_sha256: str | None = None) -> bool:
        """Tell whether it is for such requests; `path` is percent-encoded and without the query."""
        return (
            self.method in {None, method}
            and self.token_sha256 in {None, token_sha256}
            and (self.path is None or path_pattern.matches(self.path, path))
        )

    def settings(self) -> dict[str, Any]:
        """Give every setting but the token that differs from its default, as JSON can hold it."""
        given = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.repr and value != each.default and value not in ({}, ()):
                given[each.name] = dict(value) if isinstance(value, Mapping) else value
        return given


class FaultError(ValueError):
    """A fault that makes no sense; `messages` has one sentence for each thing that is wrong."""

    def __init__(self, messages: list[str]) -> None:
        """Take at least one message."""
        super().__init__("; ".join(messages))
        self.messages = messages


def digest(token: str) -> str:
    """Give what is kept of a token: its SHA-256 in hexadecimal."""
    return sha256(token.encode()).hexdigest()
