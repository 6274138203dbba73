"""An answer before it is sent, and what a fault makes of it. No bytes move here."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from starlette.responses import Response

from leap.emulator.errors import Refusal, refusal_response, status_name
from leap.emulator.faults.consistency import WITHOUT_BODY
from leap.emulator.faults.fault import HUGE, BodyKind, Fault

UNKNOWN_STATE: Final = "hibernating"
WRONG_JSON: Final = [["unexpected", 1], {"unexpected": True}, None]
"""Neither a job, nor a list of jobs, nor a refusal."""

_DEFAULT_FIELDS: Final = ("state", "status", "images", "media_uri", "models.status", "message")
_JSON: Final = "application/json"

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers with names in lower case, and a body: some bytes and then a number of spaces."""

    status: int
    headers: tuple[Header, ...]
    content: bytes
    padding: int = 0

    @classmethod
    def of_response(cls, response: Response) -> Self:
        """Take one that Starlette made."""
        return cls(response.status_code, tuple(response.raw_headers), bytes(response.body))

    @property
    def length(self) -> int:
        """How many bytes the body has."""
        return len(self.content) + self.padding

    def piece(self, start: int, length: int) -> bytes:
        """Give bytes of the body; the spaces are only made when they are asked for."""
        content = self.content[start : start + length]
        return content + b" " * min(length - len(content), self.length - start - len(content))

    def with_header(self, name: str, value: str) -> Self:
        """Give the same with a header in place of all those of its name."""
        key = name.lower().encode("ascii")
        others = tuple(header for header in self.headers if header[0] != key)
        return replace(self, headers=(*others, (key, value.encode("latin-1"))))

    def with_body(self, content: bytes, media_type: str | None = None, padding: int = 0) -> Self:
        """Give the same with another body, and with the headers that follow from it."""
        changed = replace(self, content=content, padding=padding)
        if media_type is not None:
            changed = changed.with_header("content-type", media_type)
        return changed.with_header("content-length", str(changed.length))

    def without_body(self) -> Self:
        """Give the same as it is with a status that has no body."""
        described = {b"content-length", b"content-type", b"transfer-encoding"}
        headers = tuple(header for header in self.headers if header[0] not in described)
        changed = replace(self, headers=headers, content=b"", padding=0)
        # RFC 9110, 15.3.6: only a 205 has to say so.
        return changed.with_header("content-length", "0") if self.status == 205 else changed  # noqa: PLR2004


def altered(fault: Fault, real: Answer | None) -> Answer:
    """Give the answer that a client gets; `real` is the right one, None if nothing was carried out."""
    answer = _with_status(fault.status, real)
    if answer.status in WITHOUT_BODY:
        answer = answer.without_body()
    elif fault.body is not None:
        answer = _ALTERATIONS[fault.body](fault, answer)
    if fault.retry_after is not None:
        answer = answer.with_header("retry-after", _seconds(fault.retry_after))
    for name, value in fault.headers.items():
        answer = answer.with_header(name, value)
    return answer


def _with_status(status: int | None, real: Answer | None) -> Answer:
    if real is not None and (status is None or status // 100 == 2):  # noqa: PLR2004 - 2xx
        return real if status is None else replace(real, status=status)
    if status is None:
        raise AssertionError("a request without a status to answer with has to be carried out")
    return Answer.of_response(refusal_response(Refusal(status, status_name(status))))


def _seconds(wait: float | str) -> str:
    """Write seconds without a fraction where there is none, as the header asks for."""
    return str(int(wait)) if isinstance(wait, float) and wait.is_integer() else str(wait)


def _truncated(_fault: Fault, answer: Answer) -> Answer:
    if not answer.content:  # of a HEAD; its Content-Length is that of another method
        return answer
    return answer.with_body(answer.content[: len(answer.content) // 2])


def _wrong(_fault: Fault, answer: Answer) -> Answer:
    return answer.with_body(_encoded(WRONG_JSON), _JSON)


def _html(_fault: Fault, answer: Answer) -> Answer:
    title = f"{answer.status} {status_name(answer.status)}"
    page = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1></body>\n</html>\n"
    )
    return answer.with_body(page.encode(), "text/html; charset=utf-8")


def _unknown_state(_fault: Fault, answer: Answer) -> Answer:
    names = ("state", "status", "models.status")
    return _edited(answer, names, lambda entity, name: entity.update({name: UNKNOWN_STATE}))


def _null(fault: Fault, answer: Answer) -> Answer:
    return _edited(answer, fault.fields, lambda entity, name: entity.update({name: None}))


def _missing(fault: Fault, answer: Answer) -> Answer:
    return _edited(answer, fault.fields, lambda entity, name: entity.pop(name))


def _huge(fault: Fault, answer: Answer) -> Answer:
    if not answer.content:
        answer = answer.with_body(b"{}", _JSON)
    size = HUGE if fault.size is None else fault.size
    return answer.with_body(answer.content, padding=max(0, size - len(answer.content)))


_ALTERATIONS: Final[dict[BodyKind, Callable[[Fault, Answer], Answer]]] = {
    "truncated": _truncated,
    "wrong": _wrong,
    "html": _html,
    "unknown_state": _unknown_state,
    "null": _null,
    "missing": _missing,
    "huge": _huge,
}


def _edited(answer: Answer, names: Sequence[str], edit: Callable[[dict[str, Any], str], object]) -> Answer:
    """Change fields wherever they are; what is not JSON, a picture for instance, stays as it is."""
    try:
        document = json.loads(answer.content)
    except ValueError:
        return answer
    for path in names or _DEFAULT_FIELDS:
        *steps, name = path.split(".")
        for entity in _reached(document, steps):
            if name in entity:
                edit(entity, name)
    return answer.with_body(_encoded(document))


def _reached(value: object, steps: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give the objects that some names lead to, in every item of each list on the way."""
    if isinstance(value, list):
        for item in value:
            yield from _reached(item, steps)
    elif isinstance(value, dict):
        if not steps:
            yield value
        elif steps[0] in value:
            yield from _reached(value[steps[0]], steps[1:])


def _encoded(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
