"""Answers of any bytes at all: a response or an exception of ours, in time, and no harm to the next call."""

from __future__ import annotations

import gzip
import time
import warnings
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from leap import ApiException, ApiResponse, ResponseValidationWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap import Leap

CALLS = {
    "create": {"model_id": "m", "prompt": "a fox"},
    "find_all": {"model_id": "m"},
    "find_one": {"model_id": "m", "inference_id": "j"},
    "remove": {"model_id": "m", "inference_id": "j"},
}

LONGEST_CALL = 5.0
"""Seconds. The calls that have to wait have a deadline of a hundredth of it."""

WORDS = st.sampled_from(
    [
        b"",
        b" ",
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\xff",
        b"\xe2\x80\xa8",
        b"x",
        b"1",
        b"-1",
        b"0x10",
        b"9" * 5000,
        b":",
        b",",
    ]
)
VERSIONS = st.sampled_from(
    [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2", b"HTTP/1.10", b"ICY", b"http/1.1"]
)
STATUS = st.sampled_from([b"200", b"200", b"200", b"201", b"204", b"302", b"404", b"429", b"503"])
STATUSES = st.one_of(
    st.sampled_from(
        [b"200", b"200", b"201", b"204", b"206", b"304", b"302", b"400", b"404", b"429", b"500", b"503"]
    ),
    st.sampled_from(
        [
            b"100",
            b"101",
            b"103",
            b"199",
            b"0",
            b"000",
            b"99",
            b"600",
            b"999",
            b"1000",
            b"-200",
            b"2OO",
            b"+20",
        ]
    ),
    WORDS,
)
REASONS = st.sampled_from(
    [b"OK", b"", b"Not\tFound", b"\xc3\xa9\xff\x1b[2J", b"x" * 5000, b"x" * 70_000]
) | st.binary(max_size=8)
LENGTHS = [
    b"0",
    b"2",
    b"5",
    b"-1",
    b"1e1",
    b"+2",
    b" 2 ",
    b"2, 2",
    b"2, 3",
    b"0x2",
    b"99999999",
    b"9" * 40,
    b"9" * 5000,
    b"",
]
CODINGS = [
    b"gzip",
    b"deflate",
    b"br",
    b"zstd",
    b"gzip, gzip",
    b"gzip, deflate, " * 5 + b"br",
    b"identity",
    b"x",
    b"GZIP",
    b"",
]
FIELDS = st.one_of(
    st.tuples(st.just(b"Content-Length"), st.sampled_from(LENGTHS)),
    st.tuples(
        st.just(b"Transfer-Encoding"),
        st.sampled_from([b"chunked", b"CHUNKED", b"gzip, chunked", b"x", b"chunked, x"]),
    ),
    st.tuples(st.just(b"Content-Encoding"), st.sampled_from(CODINGS)),
    st.tuples(
        st.just(b"Content-Type"),
        st.sampled_from(
            [b"application/json", b"text/html; charset=utf-16", b"x; charset=\xff", b"a; charset=undefined"]
        )
        | st.sampled_from(
            [b"x; charset=" + each for each in (b"idna", b"hex", b"rot13", b"base64", b"punycode", b"mbcs")]
        ),
    ),
    st.tuples(st.just(b"Connection"), st.sampled_from([b"close", b"keep-alive", b"upgrade", b"\xff"])),
    st.tuples(
        st.sampled_from(
            [b"Location", b"Retry-After", b"X-RateLimit-Reset", b"Set-Cookie", b"X-Request-Id", b"Date"]
        ),
        st.sampled_from(
            [b"http://evil.test/", b"9" * 400, b"-1", b"nan", b"inf", b"Wed, 99 Foo", b"\xff\xfe", b"//["]
        )
        | WORDS,
    ),
    st.tuples(st.binary(max_size=8), st.binary(max_size=8)),
    st.tuples(st.just(b"X"), st.just(b"x" * 70_000)),
)
JSON = b'{"id": "1"}'
PACKED = [
    gzip.compress(JSON),
    zlib.compress(JSON),
    gzip.compress(gzip.compress(JSON)),
    gzip.compress(JSON)[:-5],
]
CHUNKED = [
    b"b\r\n" + JSON + b"\r\n0\r\n\r\n", b"b;x=y\r\n" + JSON + b"\r\n0\r\nX: y\r\n\r\n", b"b\r\n" + JSON,
    b"-1\r\n\r\n", b"f" * 18 + b"\r\n" + JSON, b"zz\r\n", b"1" * 70_000, b"0\r\n", b"0x2\r\n[]\r\n0\r\n\r\n",
    b"\r\n" * 9,
]  # fmt: skip
BODIES = st.sampled_from([b"", JSON, b"[]", b"[", b"<html>", *PACKED, *CHUNKED]) | st.binary(max_size=20)
EARLY = st.sampled_from(
    [b"", b"", b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", b"\r\n"]
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Nearly an answer: some parts of it are wrong, each in a way of its own, and it may end anywhere."""

    def mostly(right: bytes, wrong: st.SearchStrategy[bytes]) -> bytes:
        return draw(wrong) if draw(st.integers(0, 7)) == 0 else right

    line_end = mostly(b"\r\n", st.sampled_from([b"\n", b"\r", b"\r\r\n"]))
    start = b" ".join([mostly(b"HTTP/1.1", VERSIONS), mostly(draw(STATUS), STATUSES), mostly(b"OK", REASONS)])
    fields = [b": ".join(field) for field in draw(st.lists(FIELDS, max_size=3))]
    if draw(st.integers(0, 30)) == 0:
        fields *= 100  # more than http.client takes
    body = draw(BODIES)
    framing = draw(st.sampled_from(["length", "length", "length", "chunks", "chunks", "the end"]))
    if framing == "length":
        fields.append(b"Content-Length: %d" % len(body))
    elif framing == "chunks":
        fields.append(b"Transfer-Encoding: chunked")
        body = mostly(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body), st.sampled_from(CHUNKED))
    whole = draw(EARLY) + line_end.join([start, *fields, b"", b""]) + body + mostly(b"", BODIES)
    return whole[: draw(st.sampled_from([None] * 8 + [-1, -5, len(whole) // 2]))]


class After(NamedTuple):
    """An answer of the loopback server: some bytes, and what happens to the connection then."""

    data: bytes
    end: str

    def __call__(self, connection: Any) -> None:
        """Send the bytes, and end the connection in order, break it, or leave it open and be silent."""
        connection.send(self.data)
        if self.end == "closed":
            connection.close()
        elif self.end == "broken":
            connection.reset()


def test_any_bytes_are_an_answer_or_an_exception_of_ours(
    for_all: Callable[..., Any],
    leap_at: Callable[..., Leap],
    loopback: Any,
    answer_of: Any,
    job: dict[str, Any],
) -> None:
    """Whatever a server sends, and however it ends: no other exception, no hang, no harm to the next call."""
    leap = leap_at(loopback.url, max_retries=0, deadline=LONGEST_CALL)
    leap.api_client.sleep = lambda _seconds: None

    def check(operation: str, data: bytes, end: str) -> str:
        loopback.answer(After(data, end), answer_of(job, X_Request_Id="the next"))
        # Where the server is silent, it is the deadline that ends the call.
        options: dict[str, Any] = {"deadline": LONGEST_CALL / 100} if end == "silent" else {}
        error: ApiException | None = None
        began = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResponseValidationWarning)
                response = getattr(leap.generate_images, operation)(**CALLS[operation], **options)
        except ApiException as raised:
            error = raised
        assert time.perf_counter() - began < LONGEST_CALL
        # It is not given what was left of the answer before. Its connection may be one that is just closing.
        following = leap.generate_images.find_one(model_id="m", inference_id="next", max_retries=3)
        assert following.request_id == "the next"
        assert following.body == job
        loopback.requests.clear()
        if error is None:
            assert isinstance(response, ApiResponse)
            assert repr(response)
            return "a response"
        told = str(error)
        assert "\x1b" not in told
        assert "\n" not in told
        assert len(told) < 1000
        return type(error).__name__

    outcomes = for_all(
        check,
        st.sampled_from(sorted(CALLS)),
        st.one_of(answers(), answers(), answers(), st.binary(max_size=200)),
        # A deadline is waited for, so there are fewer of these.
        st.sampled_from(["closed"] * 12 + ["broken"] * 4 + ["silent"]),
        share=0.6,
    )
    assert {"a response", "ApiConnectionError", "ApiTimeoutError", "ResponseDecodingError"} <= outcomes.keys()
