"""Faults over real sockets: what a caller gets when the network or the server fails.

Each fault is an `ApiException` that says what is known, pickles, and holds no token; the request was sent at
most once, no socket is left open, and the next call of the same client works. The fixture `failure_of` checks
all that of each.
"""

from __future__ import annotations

import contextlib
import gc
import gzip
import json
import logging
import pickle
import socket
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from urllib3.exceptions import ProtocolError

from leap import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    BadRequestError,
    ClientConfigurationError,
    ConflictError,
    ForbiddenError,
    Leap,
    NotFoundError,
    OpenApiException,
    ResponseDecodingError,
    ResponseValidationError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
    UnprocessableEntityError,
    unset,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from ssl import SSLContext

    from conftest import Connection, Loopback

    from leap import ApiResponse

    Answers = Callable[..., bytes]
    Job = dict[str, Any]
    Call = Callable[..., ApiResponse[Any]]
    FailureOf = Callable[..., ApiException]

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - what test/conftest.py sends

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def leap_at(leap_at: Callable[..., Leap]) -> Callable[..., Leap]:
    """Makes a client that sends each request once; what is sent again has tests of its own."""
    return lambda host, **settings: leap_at(host, **{"max_retries": 0, **settings})


def create(leap: Leap, **options: Any) -> ApiResponse[Any]:
    """A POST."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def find_one(leap: Leap, **options: Any) -> ApiResponse[Any]:
    """A GET."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def remove(leap: Leap, **options: Any) -> ApiResponse[Any]:
    """A DELETE."""
    return leap.generate_images.remove(model_id="m", inference_id="i", **options)


both = pytest.mark.parametrize("call", [find_one, create])


def sending(*pieces: bytes) -> Callable[[Connection], None]:
    """Sends bytes and closes the connection."""

    def script(connection: Connection) -> None:
        connection.send(*pieces)
        connection.close()

    return script


def resetting(*pieces: bytes) -> Callable[[Connection], None]:
    """Sends bytes and breaks the connection."""

    def script(connection: Connection) -> None:
        connection.send(*pieces)
        connection.reset()

    return script


def stalling(*pieces: bytes) -> Callable[[Connection], None]:
    """Sends bytes and then nothing more, until the client gives up or the test ends."""

    def script(connection: Connection) -> None:
        connection.send(*pieces)
        connection.socket.recv(1)  # until the client closes

    return script


@pytest.fixture(scope="module", autouse=True)
def only_what_is_new_is_collected() -> Iterator[None]:
    """Collecting garbage after each test would take half a minute with all of pytest's objects in it."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """A socket that is left open warns when it is collected, and a warning is an error."""
    yield
    gc.collect()


def text_of(error: BaseException) -> str:
    """Everything that anyone would print of an exception, its causes and its traceback."""
    return "".join([str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)])


def same(value: Any, other: Any) -> bool:
    """Whether two attributes are equal; answers are by what they hold."""
    if hasattr(value, "response"):
        names = ("body", "headers", "status", "round_trip_time")
        return all(getattr(value, name) == getattr(other, name) for name in names) and (
            value.response.data == other.response.data
        )
    return bool(value == other)


@pytest.fixture
def failure_of(
    caplog: pytest.LogCaptureFixture, loopback: Loopback, answer_of: Answers, job: Job
) -> FailureOf:
    """Makes a call fail, checks what holds for each fault, and returns the exception."""
    caplog.set_level(logging.DEBUG)

    def failure_of(
        call: Call, leap: Leap, kind: type[ApiException], *words: str, **options: Any
    ) -> ApiException:
        before = len(loopback.requests)
        with pytest.raises(OpenApiException) as caught:
            call(leap, **options)
        error = caught.value
        assert type(error) is kind
        assert isinstance(error, ApiException)
        message = str(error)
        assert all(word in message for word in words), message
        assert message.isprintable()
        assert len(message) < 600
        assert "/api/v1/images/models/m/inferences" in message
        assert error.round_trip_time is not None
        assert 0 <= error.round_trip_time < 10
        if isinstance(error, ApiConnectionError):
            assert (error.status, error.body) == (None, None)
            assert error.reason
            assert error.reason in message

        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert type(copy) is kind
        assert (str(copy), copy.args, vars(copy).keys()) == (message, error.args, vars(error).keys())
        assert all(same(value, vars(copy)[name]) for name, value in vars(error).items())
        if error.headers is not None and copy.headers is not None:
            assert copy.headers.get("CONTENT-type") == error.headers.get("content-TYPE")

        shown = [text_of(error), repr(leap), repr(leap.api_client), repr(leap.api_client.configuration)]
        assert TOKEN not in "".join([*shown, caplog.text, *(repr(vars(each)) for each in caplog.records)])

        # A fault is never answered by sending the request again.
        assert len(loopback.requests) - before <= 1
        if leap.api_client.configuration.host == loopback.url and loopback.connections:
            loopback.greet(lambda _: None)
            loopback.answer(answer_of(job))
            assert call(leap).body == job
        return error

    return failure_of


# Answers that came: each of them is known to its exception.

STATUSES: dict[type[ApiException], tuple[int, ...]] = {
    BadRequestError: (400,),
    UnauthorizedError: (401,),
    ForbiddenError: (403,),
    NotFoundError: (404,),
    ConflictError: (409,),
    UnprocessableEntityError: (422,),
    TooManyRequestsError: (429,),
    ServerError: (500, 501, 502, 503, 504, 507, 599),
    ApiException: (300, 305, 402, 405, 408, 410, 412, 413, 415, 418, 421, 431, 451, 499, 600, 999),
}


@pytest.mark.parametrize(
    ("status", "kind"), [(status, kind) for kind, statuses in STATUSES.items() for status in statuses]
)
def test_error_status(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    failure_of: FailureOf,
    status: int,
    kind: type[ApiException],
) -> None:
    """Each error status raises the class of its family with status, reason, headers and the JSON body."""
    body = {"statusCode": status, "message": ["steps is too big", "seed is no number"], "error": "Oh"}
    loopback.answer(answer_of(body, f"{status} Oh Dear", X_Request_Id="r-1"))
    error = failure_of(
        create, leap, kind, f"{status} Oh Dear: ", "steps is too big; seed is no number", "POST "
    )
    assert (error.status, error.reason, error.body) == (status, "Oh Dear", body)
    assert error.headers is not None
    assert error.headers["x-request-ID"] == "r-1"
    assert [request.connection for request in loopback.requests] == [1, 1]


def test_unauthorized_says_where_the_token_comes_from(
    leap: Leap, loopback: Loopback, answer_of: Answers, failure_of: FailureOf
) -> None:
    """A 401 says which settings hold the token, without the token."""
    loopback.answer(answer_of({"message": "Unauthorized"}, "401 Unauthorized"))
    failure_of(find_one, leap, UnauthorizedError, "access_token", "LEAP_API_KEY")


@pytest.mark.parametrize("options", [{}, {"stream": True}, {"skip_deserialization": True}])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(
    leap: Leap,
    loopback: Loopback,
    new_loopback: Callable[..., Loopback],
    answer_of: Answers,
    failure_of: FailureOf,
    status: int,
    options: dict[str, Any],
) -> None:
    """A redirect is an exception that names the place; the other host gets no connection, so no token."""
    other = new_loopback()
    loopback.answer(answer_of(b"", f"{status} Over There", Location=f"{other.url}/steal"))
    error = failure_of(create, leap, ApiException, f"{status} Over There", f"{other.url}/steal", **options)
    assert (error.status, error.body) == (status, "")
    assert other.connections == []


@both
@pytest.mark.parametrize("location", ["/elsewhere", "//other.invalid/", "", None])
def test_a_redirect_on_the_same_host_is_not_followed(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    failure_of: FailureOf,
    call: Call,
    location: str | None,
) -> None:
    """A redirect is not followed on the same host either; without a Location the message says that."""
    headers = {} if location is None else {"Location": location}
    loopback.answer(answer_of(b"", "302 Found", **headers))
    words = "points to nowhere" if location is None else f"points to {location}"
    failure_of(call, leap, ApiException, words, "not followed")


def test_not_modified(leap: Leap, loopback: Loopback, failure_of: FailureOf) -> None:
    """A 304, which has no body whatever its headers say, is an exception and costs no connection."""
    loopback.answer(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n")
    error = failure_of(find_one, leap, ApiException, "304 Not Modified")
    assert (error.status, error.body) == (304, "")
    assert [request.connection for request in loopback.requests] == [1, 1]


HTML = "<!doctype html>\r\n<html>\n<h1>502 Bad Gateway</h1>\n<hr>nginx" + "<p>padding" * 200


@both
def test_an_html_error_page(
    leap: Leap, loopback: Loopback, answer_of: Answers, failure_of: FailureOf, call: Call
) -> None:
    """The page of a proxy is the body of the exception, as text; the message shows its beginning."""
    loopback.answer(answer_of(HTML, "502 Bad Gateway", Content_Type="text/html"))
    error = failure_of(call, leap, ServerError, "502 Bad Gateway: <!doctype html> <html> <h1>502", "…")
    assert (error.status, error.body) == (502, HTML)


@pytest.mark.parametrize(
    ("body", "known", "words"),
    [
        (b"", "", "[POST"),
        (b"plain words", "plain words", "plain words"),
        (b"\xff\xfe\x00", b"\xff\xfe\x00", "xff"),
        (b"null", None, "[POST"),
        (b"[1, 2]", [1, 2], "1; 2"),
        (b'{"message": null, "error": "Nope"}', {"message": None, "error": "Nope"}, "Nope"),
        (b'{"message": {"a": 1}}', {"message": {"a": 1}}, "{'a': 1}"),
        (b'{"message": 7}', {"message": 7}, "7"),
        (b'{"other": 7}', {"other": 7}, "[POST"),
        (
            b'{"message": "\\u001b[2J\\u0007\\u202e"}',
            {"message": "\x1b[2J\x07\u202e"},
            "\\x1b[2J\\x07\\u202e",
        ),
        (b'{"message": "\\ud800"}', {"message": "\ud800"}, "\\ud800"),
        ('{"message": "Übergröße"}'.encode("utf-16"), {"message": "Übergröße"}, "Übergröße"),
        (b'{"truncated": ', '{"truncated": ', '{"truncated":'),
    ],
)
def test_whatever_an_error_has_as_its_body(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    failure_of: FailureOf,
    body: bytes,
    known: object,
    words: str,
) -> None:
    """The body of an error is its JSON, else its text, else its bytes; the message is fit for a terminal."""
    loopback.answer(answer_of(body, "400 Bad Request"))
    assert failure_of(create, leap, BadRequestError, "400 Bad Request", words).body == known


NESTED = [200_000, *range(750, 1000)]


def test_an_error_body_of_any_depth(leap: Leap, loopback: Loopback, answer_of: Answers) -> None:
    """A body of brackets within brackets, however many, is an error of its status like another."""
    for depth in NESTED:
        loopback.answer(answer_of(f'{{"message": {"[" * depth}{"]" * depth}}}', "400 Bad Request"))
        with pytest.raises(BadRequestError):
            create(leap)


def test_a_job_of_any_depth(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """A job with brackets within brackets is returned, or else its text is in the exception."""
    text = json.dumps(job)
    for depth in NESTED:
        loopback.answer(answer_of(f'{text[:-1]}, "deep": {"[" * depth}{"]" * depth}}}'))
        try:
            known = json.dumps(create(leap).body["id"])
        except ResponseDecodingError as error:
            known = error.body
        assert json.dumps(job["id"]) in known


# Successful answers that cannot be read: the exception holds what came.


@both
@pytest.mark.parametrize(
    ("body", "content_type", "words", "known"),
    [
        (b"", "application/json", "the body is empty", ""),
        (b"  \n", "application/json", "not JSON", "  \n"),
        (b'{"id": "a', "application/json", "not JSON", '{"id": "a'),
        (b"<html>hello", "text/html", "<html>hello", "<html>hello"),
        (b"OK", "text/plain", "OK", "OK"),
        (b"{'id': 'a'}", "application/json", "{'id'", "{'id': 'a'}"),
        (b"{}{}", "application/json", "not JSON", "{}{}"),
        (b"[" * 200_000, "application/json", "not JSON", "[" * 200_000),
        (b'{"id": "caf\xe9"}', "application/json", "utf-8", b'{"id": "caf\xe9"}'),
        (b'{"id": "caf\xe9"}', "application/json; charset=utf-8", "utf-8", b'{"id": "caf\xe9"}'),
        (b'{"id": "caf\xe9"}', "application/json; charset=ascii", "ascii", b'{"id": "caf\xe9"}'),
        (b'{"id": "caf\xe9"}', "application/json; charset=klingon", "klingon", b'{"id": "caf\xe9"}'),
        (b"\xffoops", "application/json; charset=rot13", "rot13", b"\xffoops"),
        (b"\xffoops", "application/json; charset=idna", "not JSON", b"\xffoops"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png", "not JSON", b"\x89PNG\r\n\x1a\n\x00"),
    ],
)
def test_a_successful_answer_that_is_not_json(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    failure_of: FailureOf,
    call: Call,
    body: bytes,
    content_type: str,
    words: str,
    known: object,
) -> None:
    """A 2xx that is not JSON is a ResponseDecodingError with status, reason, headers and what came."""
    loopback.answer(answer_of(body, "201 Created", Content_Type=content_type))
    error = failure_of(call, leap, ResponseDecodingError, "201 Created, but the body is", words)
    assert (error.status, error.reason, error.body) == (201, "Created", known)
    assert error.headers is not None
    assert error.headers["content-type"] == content_type
    assert [request.connection for request in loopback.requests] == [1, 1]


def test_no_content_where_the_contract_has_some(
    leap: Leap, loopback: Loopback, failure_of: FailureOf
) -> None:
    """A 204 to a create is a ResponseDecodingError: there is no job in it."""
    loopback.answer(b"HTTP/1.1 204 No Content\r\n\r\n")
    error = failure_of(create, leap, ResponseDecodingError, "204 No Content", "empty")
    assert (error.status, error.body) == (204, "")


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-32-be", ""),
        ("latin-1", "; charset=ISO-8859-1"),
    ],
)
def test_a_job_in_another_encoding_is_not_lost(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, encoding: str, charset: str
) -> None:
    """JSON in another encoding of Unicode, or in the charset that is declared, is read all the same."""
    job["prompt"] = "ein Füchslein"
    body = json.dumps(job, ensure_ascii=False).encode(encoding)
    loopback.answer(answer_of(body, Content_Type=f"application/json{charset}"))
    assert create(leap).body == job


def test_a_strict_client_pickles_what_it_raises(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, failure_of: FailureOf, job: Job
) -> None:
    """A ResponseValidationError comes back from pickle with the answer and every fault."""
    broken = {**job, "state": "paused"}
    loopback.answer(answer_of(broken))
    leap = leap_at(loopback.url, response_validation="strict")
    error = failure_of(create, leap, ResponseValidationError, "state: ")
    assert isinstance(error, ResponseValidationError)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (copy.faults, copy.body) == (error.faults, broken)
    assert type(copy.api_response.body) is type(error.api_response.body)
    assert json.loads(copy.api_response.response.data) == broken


# Content-Encoding: the client asks for none, but a server may send any.


def gzipped(job: Job) -> bytes:
    """A job in gzip."""
    return gzip.compress(json.dumps(job).encode())


@both
def test_gzip_is_decoded(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, call: Call) -> None:
    """A body in gzip is decoded, streamed or not, and so is that of an error."""
    loopback.answer(answer_of(gzipped(job), Content_Encoding="gzip"))
    assert call(leap).body == job
    assert json.loads(call(leap, skip_deserialization=True).response.data) == job
    assert json.loads(b"".join(call(leap, stream=True).response.stream(64))) == job
    loopback.answer(answer_of(gzipped({"message": "too much"}), "429 Oh", Content_Encoding="gzip"))
    with pytest.raises(TooManyRequestsError, match="too much"):
        call(leap, stream=True)
    assert [request.connection for request in loopback.requests] == [1] * 4


def test_a_job_that_only_claims_to_be_gzip_is_not_lost(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Plain JSON that is declared as gzip is read all the same."""
    loopback.answer(answer_of(job, Content_Encoding="gzip"))
    assert create(leap).body == job
    assert json.loads(create(leap, skip_deserialization=True).response.data) == job


def test_broken_gzip(leap: Leap, loopback: Loopback, answer_of: Answers, failure_of: FailureOf) -> None:
    """What cannot be decoded is a ResponseDecodingError with the status and the bytes as they came."""
    body = b"\x1f\x8b" + b"\xff" * 40
    loopback.answer(answer_of(body, Content_Encoding="gzip"))
    error = failure_of(create, leap, ResponseDecodingError, "200 OK, but the body is not JSON")
    assert (error.status, error.body) == (200, body)


def test_broken_gzip_of_an_error(
    leap: Leap, loopback: Loopback, answer_of: Answers, failure_of: FailureOf
) -> None:
    """An error keeps its status and class when its body cannot be decoded."""
    loopback.answer(answer_of(b"not gzip", "503 Busy", Content_Encoding="gzip"))
    error = failure_of(create, leap, ServerError, "503 Busy: not gzip")
    assert (error.status, error.body) == (503, "not gzip")


def test_remove_does_not_look_at_broken_gzip(leap: Leap, loopback: Loopback, answer_of: Answers) -> None:
    """A delete that succeeded is a success, whatever its body is called."""
    loopback.answer(answer_of(b"not gzip", Content_Encoding="gzip"))
    assert remove(leap).body is unset


def test_a_chain_of_encodings(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Gzip in gzip in gzip …, which urllib3 may refuse unread, is an ApiException; nothing leaks."""
    encodings = ", ".join(["gzip"] * 50)
    loopback.answer(answer_of(b"not gzip", Content_Encoding=encodings), answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    with pytest.raises(ApiException, match=r"Content-Encoding|not JSON"):
        create(leap)
    assert create(leap, timeout=1).body == job


# No answer, or a part of one: nothing of it counts.


BROKEN: dict[str, tuple[Callable[[Connection], None], str]] = {
    "closed before the status line": (sending(), "the connection broke before the whole answer"),
    "closed in the status line": (sending(b"HTTP/1.1 2"), "not valid HTTP: HTTP/1.1 2"),
    "closed in the body": (sending(HEAD + b"Content-Length: 99\r\n\r\n{}"), "the connection broke"),
    "closed before the body": (sending(HEAD + b"Content-Length: 99\r\n\r\n"), "the connection broke"),
    "closed before the first chunk": (sending(CHUNKED), "the connection broke"),
    "closed in a chunk": (sending(CHUNKED + b"99\r\n{"), "the connection broke"),
    "closed between chunks": (sending(CHUNKED + b"2\r\n{}\r\n"), "the connection broke"),
    "reset before the status line": (resetting(), "the connection broke"),
    "reset in the headers": (resetting(HEAD), "the connection broke"),
    "reset in the body": (resetting(HEAD + b"Content-Length: 99\r\n\r\n{}"), "the connection broke"),
    "reset in a chunk": (resetting(CHUNKED + b"99\r\n{"), "the connection broke"),
    "a chunk size that is no number": (sending(CHUNKED + b"many\r\n{}\r\n0\r\n\r\n"), "the connection broke"),
    "a chunk size below zero": (sending(CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n"), "POST"),
    "a chunk size of 76 bits": (sending(CHUNKED + b"f" * 19 + b"\r\n{}\r\n0\r\n\r\n"), "POST"),
    "a Content-Length of 67 bits": (sending(HEAD + b"Content-Length: 1" + b"0" * 20 + b"\r\n\r\n{}"), "POST"),
    "a Content-Length of a petabyte": (
        sending(HEAD + b"Content-Length: 1" + b"0" * 15 + b"\r\n\r\n{}"),
        "POST",
    ),
    "a status line of garbage": (
        sending(b"\x00\xff\x16\x1b[2J garbage\r\n\r\n"),
        r"not valid HTTP: \x00ÿ\x16\x1b",
    ),
    "a status line of 60,000 bytes": (sending(b"x" * 60_000 + b"\r\n\r\n"), "not valid HTTP: xxx"),
    "a status line of 70,000 bytes": (sending(b"x" * 70_000 + b"\r\n\r\n"), "not valid HTTP"),
    "no status code": (sending(b"HTTP/1.1 abc OK\r\n\r\n"), "not valid HTTP"),
    "a status code of two digits": (sending(b"HTTP/1.1 99 OK\r\n\r\n"), "not valid HTTP"),
    "another version": (sending(b"HTTP/3.0 200 OK\r\n\r\n"), "not valid HTTP: HTTP/3.0"),
    "another protocol": (sending(b"SSH-2.0-OpenSSH_9.6\r\n"), "not valid HTTP: SSH-2.0"),
    "200 headers": (
        sending(HEAD, *(b"X-%d: y\r\n" % i for i in range(200)), b"\r\n{}"),
        "more than 100 headers",
    ),
    "a header of 70,000 bytes": (sending(HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n{}"), "header line"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_no_whole_answer(leap: Leap, loopback: Loopback, failure_of: FailureOf, fault: str) -> None:
    """Without a whole answer in valid HTTP there is an ApiConnectionError without a status."""
    script, words = BROKEN[fault]
    loopback.answer(script)
    failure_of(create, leap, ApiConnectionError, words, "[POST /api", f"at {loopback.url}]")


# urllib3 drops the socket of such an answer, which closes when the exception is collected, with a warning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_content_lengths(leap: Leap, loopback: Loopback, failure_of: FailureOf) -> None:
    """An answer with two lengths is no valid HTTP: an ApiConnectionError."""
    loopback.answer(sending(HEAD + b"Content-Length: 2, 3\r\n\r\n{}"))
    failure_of(create, leap, ApiConnectionError, "not valid HTTP", "Content-Length")


@pytest.mark.parametrize("fault", ["closed before the status line", "reset in the body", "closed in a chunk"])
@pytest.mark.parametrize("options", [{"skip_deserialization": True}, {}])
def test_no_whole_answer_to_a_get(
    leap: Leap, loopback: Loopback, failure_of: FailureOf, fault: str, options: dict[str, Any]
) -> None:
    """A GET is not sent again either, and its failure is the same."""
    loopback.answer(BROKEN[fault][0])
    failure_of(find_one, leap, ApiConnectionError, "the connection broke", "[GET /api", **options)


def test_an_error_of_which_a_part_is_missing(leap: Leap, loopback: Loopback, failure_of: FailureOf) -> None:
    """An error status whose body breaks off, read or to be streamed, is a broken connection."""
    for options in ({}, {"stream": True}):
        loopback.answer(sending(b"HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\n{}"))
        failure_of(find_one, leap, ApiConnectionError, "the connection broke", **options)


def test_a_stream_that_breaks_gives_its_place_back(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A streamed body that breaks off fails where it is read, and the next call has a connection."""
    loopback.answer(resetting(HEAD + b"Content-Length: 99\r\n\r\n{"), answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    response = find_one(leap, stream=True)
    with pytest.raises(ProtocolError):  # of urllib3, whose answer it is
        response.response.read()
    assert find_one(leap).body == job


TOLERATED: dict[str, bytes] = {
    "a Content-Length below zero": b"Content-Length: -5\r\n",
    "a Content-Length that is no number": b"Content-Length: many\r\n",
    "a Content-Length of 5,000 digits": b"Content-Length: " + b"9" * 5000 + b"\r\n",
    "no Content-Length": b"",
    "a Transfer-Encoding that there is not": b"Transfer-Encoding: identity\r\n",
    "a line without a colon": b"X-One: 1\r\nnonsense\r\n",
    "bytes that are no text": b"X-\xff\x00: \x01\xfe\x80\r\n",
    "a folded header": b"X-One: 1\r\n  more\r\n",
    "a Retry-After of garbage": b"Retry-After: \xff\xff\r\n",
    "a Location": b"Location: http://nowhere.invalid/\r\n",
    "99 headers": b"".join(b"X-%d: y\r\n" % i for i in range(98)),
}


@both
@pytest.mark.parametrize("headers", TOLERATED)
def test_a_job_is_not_lost_to_odd_headers(
    leap: Leap, loopback: Loopback, job: Job, call: Call, headers: str
) -> None:
    """Headers that say nothing usable about the body do not keep a job from its reader."""
    loopback.answer(sending(HEAD, TOLERATED[headers], b"\r\n", json.dumps(job).encode()))
    assert call(leap).body == job


@both
def test_100_continue_is_skipped(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, call: Call
) -> None:
    """A 100 is no answer; the one after it is."""
    loopback.answer(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 3 + answer_of(job))
    assert call(leap).body == job


@pytest.mark.parametrize("options", [{}, {"stream": True}])
@pytest.mark.parametrize("status", ["101 Switching Protocols", "102 Processing", "103 Early Hints"])
def test_an_interim_answer(
    leap_at: Callable[..., Leap],
    loopback: Loopback,
    answer_of: Answers,
    failure_of: FailureOf,
    job: Job,
    status: str,
    options: dict[str, Any],
) -> None:
    """Another 1xx is an exception, and what follows it is never taken for the answer to the next call."""

    def answer_in_two_parts(connection: Connection) -> None:
        connection.send(f"HTTP/1.1 {status}\r\nLink: </a>\r\n\r\n".encode())
        connection.socket.recv(1)  # until the client closes
        with contextlib.suppress(OSError):
            connection.send(answer_of({**job, "id": "another's"}))

    loopback.answer(answer_in_two_parts)
    leap = leap_at(loopback.url, pool_size=1)
    error = failure_of(create, leap, ApiException, status, **options)
    assert (error.status, error.body) == (int(status[:3]), "")
    assert [request.connection for request in loopback.requests] == [1, 2]


# Connections that end between calls.


@both
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_server_that_closes_idle_connections(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, call: Call, ending: str
) -> None:
    """A connection that was closed between two calls is noticed, and the next call opens another."""

    def answer_and_end(connection: Connection) -> None:
        connection.send(answer_of(job))
        getattr(connection, ending)()

    loopback.answer(answer_and_end)
    for number in (1, 2, 3):
        assert call(leap).body == job
        assert loopback.connections[-1].ended.wait(10)
        assert [request.connection for request in loopback.requests] == list(range(1, number + 1))


@both
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_server_that_closes_as_the_next_request_comes(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    failure_of: FailureOf,
    job: Job,
    call: Call,
    ending: str,
) -> None:
    """A kept connection that ends under the next request is an error: the request may have arrived."""
    loopback.answer(answer_of(job), lambda connection: getattr(connection, ending)())
    call(leap)
    failure_of(call, leap, ApiConnectionError, "the connection broke")
    assert [request.connection for request in loopback.requests] == [1, 1, 2]


@both
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_server_that_ends_the_connection_before_the_request(
    leap: Leap, loopback: Loopback, failure_of: FailureOf, call: Call, ending: str
) -> None:
    """A connection that ends before anything was read from it is an ApiConnectionError."""
    loopback.greet(lambda connection: getattr(connection, ending)())
    # It may end before the client has seen that it is made.
    failure_of(call, leap, ApiConnectionError, "connection ")


def test_a_server_that_refuses_a_large_body_unread(
    leap: Leap, loopback: Loopback, failure_of: FailureOf
) -> None:
    """A server that ends the connection in the middle of a large request is an ApiConnectionError."""

    def reset_in_the_body(connection: Connection) -> None:
        connection.socket.recv(1000)
        connection.reset()

    loopback.greet(reset_in_the_body)
    failure_of(create, leap, ApiConnectionError, "the connection broke", extra_body={"x": "x" * 20_000_000})


# Connections that are never made.


def refusing_port() -> Iterator[int]:
    """A port that is bound and refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@both
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_connection_refused(
    leap_at: Callable[..., Leap], failure_of: FailureOf, call: Call, scheme: str
) -> None:
    """Nobody listening is an ApiConnectionError that says so and where."""
    with contextlib.contextmanager(refusing_port)() as port:
        leap = leap_at(f"{scheme}://127.0.0.1:{port}")
        words = ("no connection could be made", "refused", f"{scheme}://127.0.0.1:{port}")
        failure_of(call, leap, ApiConnectionError, *words)


@both
def test_an_unknown_host(leap_at: Callable[..., Leap], failure_of: FailureOf, call: Call) -> None:
    """A host name that does not resolve is an ApiConnectionError that names it."""
    leap = leap_at("https://nowhere.invalid")
    failure_of(call, leap, ApiConnectionError, "the host name is not known", "nowhere.invalid")


@pytest.mark.parametrize("host", ["http://a..b", "https://a..b", f"http://{'a' * 70}.invalid", "http://."])
def test_a_host_that_can_have_no_address(
    leap_at: Callable[..., Leap], failure_of: FailureOf, host: str
) -> None:
    """A host name that no resolver could look up is an ApiConnectionError too."""
    leap = leap_at(host, allow_insecure_transport=True)
    failure_of(find_one, leap, ApiConnectionError, "the host name is not valid")


@pytest.mark.parametrize("host", ["http://%00", "https://%0a"])
def test_a_host_that_urllib3_refuses(leap_at: Callable[..., Leap], host: str) -> None:
    """A host that turns out to be unusable is an exception of ours, whichever version of urllib3 finds it."""
    with pytest.raises((ClientConfigurationError, ApiConnectionError), match="host"):
        find_one(leap_at(host, allow_insecure_transport=True))


@both
def test_connect_timeout(leap_at: Callable[..., Leap], failure_of: FailureOf, call: Call) -> None:
    """A server that does not take the connection is an ApiTimeoutError after the time of the call."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # more than its queue holds; the system then drops further attempts
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)  # without waiting for the connection
            filler.connect_ex(listener.getsockname())
        leap = leap_at(f"http://127.0.0.1:{listener.getsockname()[1]}")
        error = failure_of(call, leap, ApiTimeoutError, "connect timeout", "0.05", timeout=(0.05, 30))
        assert error.round_trip_time is not None
        assert 0.05 <= error.round_trip_time < 5


def test_connect_timeout_of_the_configuration(leap_at: Callable[..., Leap], failure_of: FailureOf) -> None:
    """`connect_timeout` holds for each call that gives none of its own, TLS included."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        leap = leap_at(f"https://127.0.0.1:{silent.getsockname()[1]}", connect_timeout=0.05)
        failure_of(find_one, leap, ApiTimeoutError, "timed out", "0.05")


# Answers that take too long.


SLOW: dict[str, tuple[bytes, ...]] = {
    "before the status line": (),
    "in the status line": (b"HTTP/1.1 20",),
    "in the headers": (HEAD,),
    "before the body": (HEAD, b"Content-Length: 99\r\n\r\n"),
    "in the body": (HEAD, b"Content-Length: 99\r\n\r\n{}"),
    "in a body of unknown length": (HEAD, b"\r\n{}"),
    "between chunks": (CHUNKED, b"2\r\n{}\r\n"),
}


@both
@pytest.mark.parametrize("where", SLOW)
def test_read_timeout(
    leap_at: Callable[..., Leap], loopback: Loopback, failure_of: FailureOf, call: Call, where: str
) -> None:
    """A server that stops anywhere in its answer is an ApiTimeoutError; the connection is given up."""
    loopback.answer(stalling(*SLOW[where]))
    leap = leap_at(loopback.url, pool_size=1)
    error = failure_of(call, leap, ApiTimeoutError, "did not answer in time (read timeout)", timeout=0.05)
    assert error.round_trip_time is not None
    assert 0.05 <= error.round_trip_time < 5
    assert loopback.connections[0].ended.wait(10)


def test_read_timeout_of_the_configuration(
    leap_at: Callable[..., Leap], loopback: Loopback, failure_of: FailureOf
) -> None:
    """`read_timeout` holds for each call that gives none of its own."""
    loopback.answer(stalling())
    failure_of(find_one, leap_at(loopback.url, read_timeout=0.05), ApiTimeoutError, "read timeout")


def test_a_server_that_does_not_take_the_request(
    leap: Leap, loopback: Loopback, failure_of: FailureOf
) -> None:
    """A request that cannot be sent in time is an ApiTimeoutError."""

    def take_nothing(connection: Connection) -> None:
        connection.wait()
        connection.close()

    def call(leap: Leap, **options: Any) -> ApiResponse[Any]:
        try:
            return create(leap, **options)
        finally:
            loopback.released.set()

    loopback.greet(take_nothing)
    body = {"x": "x" * 20_000_000}
    words = "did not take the request in time"
    failure_of(call, leap, ApiTimeoutError, words, timeout=0.05, extra_body=body)


def test_a_pool_without_a_free_connection(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A call that finds no free connection in time is an ApiTimeoutError that names pool_size."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    held = create(leap, stream=True)
    with pytest.raises(ApiTimeoutError, match="pool_size") as caught:
        create(leap, timeout=(0.05, 30))
    assert caught.value.status is None
    assert len(loopback.requests) == 1
    held.response.read()
    assert create(leap).body == job


# TLS.


def test_an_authority_that_is_not_trusted(
    leap_at: Callable[..., Leap],
    new_loopback: Callable[..., Loopback],
    failure_of: FailureOf,
    tls_for: Callable[[str], SSLContext],
) -> None:
    """A certificate of an authority that certifi does not know is an ApiConnectionError; nothing is sent."""
    server = new_loopback(tls_for("localhost"), host="localhost")
    words = ("no secure connection", "certificate verify failed")
    failure_of(create, leap_at(server.url), ApiConnectionError, *words)
    assert server.requests == []


@pytest.mark.parametrize(
    ("certified", "host", "words"),
    [("other.example", "localhost", "ostname mismatch"), ("localhost", "127.0.0.1", "IP address mismatch")],
)
def test_a_certificate_for_another_host(
    leap_at: Callable[..., Leap],
    new_loopback: Callable[..., Loopback],
    failure_of: FailureOf,
    tls_for: Callable[[str], SSLContext],
    ca_file: Path,
    certified: str,
    host: str,
    words: str,
) -> None:
    """A certificate for another host name is an ApiConnectionError; nothing is sent."""
    server = new_loopback(tls_for(certified), host=host)
    leap = leap_at(server.url, ssl_ca_cert=str(ca_file))
    failure_of(create, leap, ApiConnectionError, "no secure connection", words)
    assert server.requests == []


@both
def test_https_to_a_server_without_tls(
    leap_at: Callable[..., Leap], loopback: Loopback, failure_of: FailureOf, call: Call
) -> None:
    """TLS spoken to a server that speaks plain HTTP is an ApiConnectionError."""
    loopback.greet(sending(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    leap = leap_at(loopback.url.replace("http:", "https:"))
    failure_of(call, leap, ApiConnectionError, "no secure connection could be made")


# SSLSocket._create of Python 3.11 and 3.12 forgets to close a socket that was reset before it is wrapped.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_a_server_that_hangs_up_in_the_handshake(
    leap_at: Callable[..., Leap], loopback: Loopback, failure_of: FailureOf
) -> None:
    """A connection that breaks before TLS stands is an ApiConnectionError."""
    leap = leap_at(loopback.url.replace("http:", "https:"))
    for ending in ("close", "reset"):
        loopback.greet(lambda connection, ending=ending: getattr(connection, ending)())  # type: ignore[misc]
        failure_of(find_one, leap, ApiConnectionError)


def test_a_tls_connection_that_breaks_in_the_body(
    leap_at: Callable[..., Leap],
    new_loopback: Callable[..., Loopback],
    failure_of: FailureOf,
    tls_for: Callable[[str], SSLContext],
    ca_file: Path,
) -> None:
    """A body that breaks off under TLS, in order or not, is an ApiConnectionError, never a shorter body."""
    server = new_loopback(tls_for("localhost"), host="localhost")
    leap = leap_at(server.url, ssl_ca_cert=str(ca_file))
    for script in (sending, resetting):
        server.answer(script(HEAD, b"Content-Length: 99\r\n\r\n{}"))
        failure_of(create, leap, ApiConnectionError, "the connection broke")


def test_a_file_without_certificates(leap_at: Callable[..., Leap], tmp_path: Path) -> None:
    """A CA file without a certificate is a ClientConfigurationError of the first call; nothing is sent."""
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    leap = leap_at("https://127.0.0.1:9", ssl_ca_cert=str(file))
    with pytest.raises(ClientConfigurationError, match=r"ssl_ca_cert.*ca\.pem"):
        find_one(leap)
    file.unlink()
    with pytest.raises(ClientConfigurationError, match=r"ssl_ca_cert.*ca\.pem"):
        find_one(leap)


# What never shows.


def test_a_query_is_in_no_message(
    leap: Leap, loopback: Loopback, answer_of: Answers, failure_of: FailureOf
) -> None:
    """The query of a request, which may hold a secret of the caller's, is in no exception."""
    for answer, kind in (
        (answer_of({}, "500 Oh"), ServerError),
        (answer_of("x"), ResponseDecodingError),
        (resetting(), ApiConnectionError),
    ):
        loopback.answer(answer)
        error = failure_of(find_one, leap, kind, extra_query={"signature": "s3cr3t"})
        assert "s3cr3t" not in text_of(error)


def test_the_token_is_in_no_response(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    """A response, its pickle, the client and urllib3's debug log show no token."""
    caplog.set_level(logging.DEBUG)
    loopback.answer(answer_of(job))
    response = create(leap)
    configuration = leap.api_client.configuration
    shown = [repr(each) for each in (response, response.response, leap, leap.api_client, configuration)]
    assert caplog.records
    assert TOKEN not in "".join([*shown, str(response), str(leap), str(configuration), caplog.text])
    assert TOKEN.encode() not in pickle.dumps(response)


def test_faults_in_many_threads_leave_the_pool_whole(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """After faults of every kind in 8 threads at once, every place of the pool is free again."""
    scripts = [script for script, _ in BROKEN.values()]
    loopback.answer(*scripts, answer_of(job))
    leap = leap_at(loopback.url, pool_size=2)

    def work() -> None:
        for _ in range(len(scripts)):
            with contextlib.suppress(ApiException):
                create(leap)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    with_body = [create(leap, stream=True) for _ in range(2)]
    assert [json.loads(response.response.read()) for response in with_body] == [job, job]
