"""Responses: whatever JSON a server sends, the caller can read it, and nothing else comes of it."""

from __future__ import annotations

import gzip
import json
import sys
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from leap import ApiException, ResponseDecodingError, ResponseValidationError, ResponseValidationWarning
from leap.schemas import unset

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from leap import Leap

CALLS = {
    "create": {"model_id": "m", "prompt": "a fox"},
    "find_all": {"model_id": "m"},
    "find_one": {"model_id": "m", "inference_id": "j"},
    "remove": {"model_id": "m", "inference_id": "j"},
}
GOOD = ["200 OK", "201 Created", "202 Accepted", "299 "]
BAD = [
    "300 Multiple Choices", "302 Found", "399 ", "400 Bad Request", "401 Unauthorized", "404 Not Found",
    "408 Request Timeout", "418 I'm a teapot", "429 Too Many Requests", "500 Oops", "503 No", "599 ", "999 ",
]  # fmt: skip
ENCODINGS = [
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-be",
]
CHARSETS = ["latin-1", "cp1252", "utf-7", "koi8-r", "no-such-charset"]


@pytest.fixture
def any_body(any_json: SearchStrategy[Any], any_job: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """A body: a job, a list of jobs that may be longer than what is checked at a time, or any JSON."""
    jobs = st.lists(any_job, max_size=3)
    # Two lists of the same jobs: the check goes through 64 at a time.
    many = st.builds(lambda few, count, last: few * count + [last], jobs, st.integers(0, 45), any_json)
    return any_json | any_job | jobs | many


def texts(values: SearchStrategy[Any]) -> SearchStrategy[str]:
    """JSON texts of values: with escapes and without, with blanks and without, and with keys given twice."""

    def write(value: Any, ascii_only: bool, indent: int | None, again: Any) -> str:
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
        if isinstance(value, dict) and value and again is not None:
            # The keys once more, before those that count.
            return "{" + json.dumps(dict.fromkeys(value, again))[1:-1] + "," + text.lstrip()[1:]
        return text

    written = st.builds(
        write,
        values,
        st.booleans(),
        st.sampled_from([None, None, 0, 1]),
        st.sampled_from([None, None, 7, "x", []]),
    )
    spelt = st.sampled_from(
        [
            "-0", "-0.0", "1E2", "1e400", "-1e400", "1e-400", "0.1e1", "1" * 4300, "1" * 4301,
            '"\\ud83d\\ude00"', '"\\ud83d"', '"\\udc00\\ud800"', '"\\u0000"', '"\\/\\b\\f"', "NaN",
            "[Infinity]", "9007199254740993.0", '{"": {"": {"": null}}}',
            '{"a": 1, "a": [2], "a": {"a": 3, "a": 4}}', " \t\r\n[ ]\n", '{"id": "1"}', "", " ", "{", "[1,]",
            "<html>",
        ]
    )  # fmt: skip
    return written | spelt


@st.composite
def encoded(draw: st.DrawFn, values: SearchStrategy[Any]) -> tuple[bytes, str]:
    """A body as bytes, and its Content-Type."""
    text = draw(texts(values))
    declared = draw(st.sampled_from(["", "", "", *CHARSETS]))
    encoding = declared if declared and declared != "no-such-charset" else draw(st.sampled_from(ENCODINGS))
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        data = text.encode("utf-8", "surrogatepass")
    media_type = draw(st.sampled_from(["application/json", "text/html", "", "application/problem+json"]))
    return data, f"{media_type}; charset={declared}" if declared else media_type


def packed(data: bytes, coding: str) -> tuple[bytes, dict[str, str]]:
    """A body as it goes over the wire, with the header that says how; one of them is not true."""
    if coding == "none":
        return data, {}
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}.get(coding, bytes)
    return pack(data), {"Content_Encoding": "gzip" if coding == "a lie" else coding}


def meant(data: bytes, content_type: str) -> tuple[Any, ...]:
    """What the standard library finds in a body, alone in a tuple, which is empty if there is none."""
    for charset in (None, content_type.partition("charset=")[2]):
        try:
            return (json.loads(data if charset is None else data.decode(charset)),)
        except (ValueError, LookupError):
            continue
    return ()


def check_text(body: Any, data: bytes) -> None:
    """See that what is no JSON can be read as text, or as bytes if it is none."""
    assert (body.encode() if isinstance(body, str) else body) == data


def test_any_json_is_kept(
    for_all: Callable[..., Any],
    leap_at: Callable[..., Leap],
    loopback: Any,
    answer_of: Any,
    any_body: SearchStrategy[Any],
) -> None:
    """Any JSON, in any encoding and with any status, is the body of a response or error, to the last digit.

    What `json.dumps` makes of it is what it makes of the value that was sent: nothing is lost, no number
    is another, and no key is in another place. What Python cannot read as JSON is there as text or as bytes.
    """
    tolerant = leap_at(loopback.url, max_retries=0)
    strict = leap_at(loopback.url, max_retries=0, response_validation="strict")

    def check(operation: str, body: tuple[bytes, str], status: str, mode: str, coding: str) -> str:
        data, content_type = body
        value = meant(data, content_type)
        sent, headers = packed(data, "none" if mode == "stream" else coding)
        loopback.answer(answer_of(sent, status, Content_Type=content_type, **headers))
        leap = strict if mode == "strict" else tolerant
        options = {mode: True} if mode in ("stream", "skip_deserialization") else {}
        error: ApiException | None = None
        try:
            with warnings.catch_warnings():
                action = "error" if mode == "warnings are errors" else "ignore"
                warnings.simplefilter(action, ResponseValidationWarning)
                response = getattr(leap.generate_images, operation)(**CALLS[operation], **options)
        except ApiException as raised:
            error = raised
        if error is not None:
            assert error.status == int(status[:3])
            assert "\x1b" not in str(error)
            if isinstance(error, ResponseValidationError):
                assert mode in ("strict", "warnings are errors")
                assert error.api_response.response.data == data
                assert error.api_response.body is error.body
                assert error.faults
            else:
                assert not status.startswith("2") or (isinstance(error, ResponseDecodingError) and not value)
            if value:
                assert json.dumps(error.body) == json.dumps(value[0])
            else:
                check_text(error.body, data)
            return "an error with it"
        assert response.status == int(status[:3])
        if operation != "remove" and mode == "stream":
            with response:
                assert response.response.read() == data
            return "read as a stream"
        assert response.response.data == data
        if operation == "remove" or mode == "skip_deserialization":
            assert response.body is unset
            return "kept as bytes"
        assert json.dumps(response.body) == json.dumps(value[0])
        assert repr(response)
        return "a response with it"

    modes = ["tolerant", "tolerant", "strict", "warnings are errors", "skip_deserialization", "stream"]
    outcomes = for_all(
        check,
        st.sampled_from(sorted(CALLS)),
        encoded(any_body),
        st.sampled_from([*GOOD, *GOOD, *GOOD, *BAD]),
        st.sampled_from(modes),
        st.sampled_from(["none", "none", "none", "gzip", "deflate", "a lie", "x-unknown"]),
        share=0.4,
    )
    assert len(outcomes) == 4


def descend(value: Any) -> tuple[int, Any]:
    """How deep a value is that has one other in it at each level, and what is at the bottom.

    Step by step: what recurses would come to the same bounds as what it is to test.
    """
    depth = 0
    while isinstance(value, list | tuple | dict):
        value = next(iter(value.values() if isinstance(value, dict) else value))
        depth += 1
    return depth, value


def test_no_depth_breaks_it(
    for_all: Callable[..., Any], leap_at: Callable[..., Leap], loopback: Any, answer_of: Any
) -> None:
    """However deep a value is, it is there to its bottom, or the text of it is."""
    leap = leap_at(loopback.url, max_retries=0)

    def check(operation: str, levels: list[str], repeats: int, status: str) -> str:
        depth = len(levels) * repeats
        closing = "".join("]" if level == "[" else "}" for level in reversed(levels))
        data = ("".join(levels) * repeats + "7" + closing * repeats).encode()
        loopback.answer(answer_of(data, status))
        error: ApiException | None = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResponseValidationWarning)
                body = getattr(leap.generate_images, operation)(**CALLS[operation]).body
        except ApiException as raised:
            error, body = raised, raised.body
        assert error is None or isinstance(error, ResponseDecodingError) or not status.startswith("2")
        if operation == "remove" and status.startswith("2"):
            assert body is unset
            return "not looked at"
        if isinstance(body, str | bytes):
            check_text(body, data)
            return "its text"
        assert descend(body) == (depth, 7)
        return "the value"

    most = sys.getrecursionlimit()
    for_all(
        check,
        st.sampled_from(sorted(CALLS)),
        st.lists(
            st.sampled_from(["[", '{"id":', '{"images":', '{"message":', '{"é":']), min_size=1, max_size=3
        ),
        st.integers(1, most) | st.integers(most // 4, most // 2),
        st.sampled_from(["200 OK", "200 OK", "400 Bad Request"]),
        share=0.2,
        examples=[("find_one", ["["], 100_000, "200 OK"), ("create", ['{"message":'], 100_000, "500 Oops")],
    )
