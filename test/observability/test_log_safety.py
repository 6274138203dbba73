"""The logger `leap`: no secret gets into it, and nobody forges its lines."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, Leap

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Connection, Loopback

    Answers = Callable[..., bytes]
    Job = dict[str, Any]
    Messages = Callable[[int], list[str]]

MODEL = "/api/v1/images/models/m/inferences"
TOKEN = "leap-token-5f0e1c"  # noqa: S105 - that of conftest.py, looked for in what must not show it


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def failed(call: Callable[..., Any], *arguments: Any, **options: Any) -> ApiException:
    """What a call that fails raises."""
    with pytest.raises(ApiException) as caught:
        call(*arguments, **options)
    return caught.value


def test_the_query_is_in_no_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages
) -> None:
    """What a caller adds to the query may be a secret: the lines of the calls go without it."""
    loopback.answer(answer_of([job]))
    leap.generate_images.find_all(model_id="m", extra_query={"signature": "s-e-c-r-e-t"})
    assert "s-e-c-r-e-t" in loopback.requests[0].target
    assert "s-e-c-r-e-t" not in "".join(messages(logging.INFO))


def test_no_record_holds_a_secret(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    records: Callable[[int], list[logging.LogRecord]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the token nor a cookie is in any record of any logger, in its text or in its arguments."""
    caplog.set_level(logging.DEBUG)
    busy = answer_of({}, "503 Service Unavailable", Set_Cookie="session=c-o-o-k-i-e-1")
    loopback.answer(busy, answer_of(job, set_cookie="session=c-o-o-k-i-e-1"))
    find_one(leap, extra_headers={"cookie": "c-o-o-k-i-e-2"})
    find_one(
        leap, extra_headers={"AUTHORIZATION": "Basic o-t-h-e-r", "Proxy-Authorization": "Basic o-t-h-e-r"}
    )
    assert {request.headers["Authorization"] for request in loopback.requests} == {
        f"Bearer {TOKEN}",
        "Basic o-t-h-e-r",
    }
    assert len(records(logging.DEBUG)) >= 4
    for record in caplog.records:
        shown = f"{record.getMessage()} {vars(record)!r} {record.exc_text}"
        assert not re.search(rf"{TOKEN}|c-o-o-k-i-e|o-t-h-e-r", shown), record.name


@pytest.mark.parametrize("model", ["100%", "%s", "%(path)s", "{0}", "%d %n", "${jndi:x}"])
def test_a_percent_sign_is_no_formatting_fault(
    leap_at: Callable[..., Leap],
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    messages: Messages,
    model: str,
) -> None:
    """A `%` in an id, in the path of the host or in what the server says comes out as it is."""
    loopback.answer(answer_of(job, X_Request_Id="%s %d", X_Other="%(x)s"))
    leap = leap_at(f"{loopback.url}/a%20gateway")
    leap.generate_images.find_one(model_id=model, inference_id="50%25")
    (request,) = loopback.requests
    (message,) = messages(logging.INFO)
    assert request.target.removeprefix("/a%20gateway") in message
    assert "%s %d" in message
    assert any("%(x)s" in told for told in messages(logging.DEBUG))


FORGED = "GET /api/v1/forged 200 in 0.001 s"
HOSTILE_TEXTS = {
    "a folded field": f"r-1\r\n {FORGED}",
    "a carriage return": f"r-1\r{FORGED}",
    "a line separator of Unicode": f"r-1\x85{FORGED}",
    "other line ends": f"r-1\x0b{FORGED}\x0c{FORGED}\x1c{FORGED}",
    "a terminal's escapes": f"r-1\x1b[2K\x1b[1A{FORGED}\x9b2J\x07",
    "a backspace": "r-1\x08\x08\x08\x00\x7f",
}


def assert_harmless(messages: list[str]) -> None:
    """Each message is one line of characters that can be printed."""
    for message in messages:
        assert message.isprintable(), message
        assert len(message.splitlines()) == 1, message


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_what_a_server_sends_forges_no_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages, kind: str
) -> None:
    """A header, a reason phrase or a message with line ends or escapes stays within its one line."""
    text = HOSTILE_TEXTS[kind]
    in_line = text.replace("\r\n", " ")  # of a status line, which ends at the first line end
    loopback.answer(
        answer_of(job, X_Request_Id=text, X_Other=text),
        answer_of({"message": text}, f"404 {in_line}", X_Request_Id=text),
        answer_of({}, "301 Moved", Location=text),
        answer_of(job, X_Request_Id="r-2"),
    )
    find_one(leap)
    failed(find_one, leap)
    failed(find_one, leap)
    find_one(leap)
    assert len(messages(logging.INFO)) == 4
    assert_harmless(messages(logging.INFO))
    assert_harmless(messages(logging.DEBUG))


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_what_is_no_http_forges_no_line(
    leap: Leap, loopback: Loopback, messages: Messages, kind: str
) -> None:
    """What a server sends in place of HTTP comes into no line as it is."""
    text = HOSTILE_TEXTS[kind].encode("latin-1")

    def send(connection: Connection) -> None:
        connection.send(text, b"\r\n\r\n")
        connection.close()

    loopback.answer(send)
    failed(find_one, leap)
    assert len(messages(logging.INFO)) == 1
    assert_harmless(messages(logging.INFO))
    assert_harmless(messages(logging.DEBUG))
