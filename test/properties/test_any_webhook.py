"""Webhooks: whatever comes is a job or a clear error, and only what `secure_url` made is known again."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from hypothesis import strategies as st

from leap import ApiValueError, ResponseValidationWarning, WebhookPayloadError, webhooks
from leap.models import InferenceEntity

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

SECRETS = st.text(min_size=16, max_size=40) | st.binary(min_size=16, max_size=40)
NOW = 1_800_000_000.0
PIECES = [
    "https://", "http://", "HTTPS://", "ftp://", "//", "/", "/", "example.com", "example.com", "[::1]", "[",
    ":443", ":0", "user:password@", "hook", "a%2Fb", "%2e%2e", "..", "%", "%zz", "%ff", "é", "🚀", "?", "?",
    "&", "&", "=", "=", ";", "+", "%20", "%26", "%3D", "#", " ", "\t", "\n", "\0", "\ud800", "\udcff",
    "leap_token", "leap%5Ftoken", "leap_token=1.2.3", "a=1", "b", "%00", "\u202e", "~", "*", "'", "\\",
]  # fmt: skip
ANY_URL = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
GOOD_PIECES = [
    piece for piece in PIECES if piece.isprintable() and not set(piece) & set(" #[]@") and "//" not in piece
]
GOOD_URL = st.builds(
    lambda host, path, query: f"https://{host}/{path.replace('?', '')}{'?' * bool(query)}{query}",
    st.sampled_from(["example.com", "example.com:8443", "127.0.0.1", "[::1]"]),
    st.lists(st.sampled_from(GOOD_PIECES), max_size=4).map("".join),
    st.lists(st.sampled_from(GOOD_PIECES), max_size=6).map("".join),
)


def check_told(error: ApiValueError) -> str:
    """See that an error says what is wrong in one line, harmless to a terminal, and without a secret."""
    told = str(error)
    assert told.isprintable()
    assert len(told) < 500
    assert "user:password" not in told
    return "refused"


def test_any_payload_is_a_job_or_an_error(
    for_all: Callable[..., Any], any_json: SearchStrategy[Any], any_job: SearchStrategy[Any]
) -> None:
    """A JSON object with an id is that job, whole, in every form; anything else is told in one line."""

    def check(payload: Any, form: str) -> str:
        given = {
            "value": lambda: payload,
            "text": lambda: json.dumps(payload),
            "bytes": lambda: json.dumps(payload).encode(),
            "utf-16": lambda: bytearray(
                json.dumps(payload, ensure_ascii=False).encode("utf-16", "surrogatepass")
            ),
            "mapping": lambda: MappingProxyType(payload) if isinstance(payload, dict) else payload,
            "cut": lambda: memoryview(json.dumps(payload).encode()[:-1]),
        }[form]()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResponseValidationWarning)
                entity = webhooks.parse(given)
        except WebhookPayloadError as error:
            job_id = payload.get("id") if isinstance(payload, dict) else None
            has_id = isinstance(job_id, str) and job_id.isprintable() and job_id not in ("", ".", "..")
            assert form == "cut" or not has_id, "refused, though it has an id"
            return check_told(error)
        assert isinstance(entity, InferenceEntity)
        assert json.dumps(entity) == json.dumps(payload)
        assert repr(entity)
        return "a job"

    forms = st.sampled_from(["value", "text", "bytes", "utf-16", "mapping", "cut"])
    assert for_all(check, any_job | any_job | any_json, forms, share=0.4).keys() == {"a job", "refused"}


def test_any_bytes_and_any_object_are_told_apart(
    for_all: Callable[..., Any], any_text: SearchStrategy[str]
) -> None:
    """What is no JSON, and what no JSON parser makes, is an error too, or a job of what it holds."""

    def check(payload: Any) -> str:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResponseValidationWarning)
                assert webhooks.parse(payload)["id"]
        except WebhookPayloadError as error:
            return check_told(error)
        return "a job"

    odd = st.sampled_from(
        [
            Decimal("1.10"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+400"),
            Decimal("1E+999999"),
            object(), b"x", {1, 2}, frozenset(), datetime(2026, 1, 1, tzinfo=UTC), (1, 2), 1j, range(3),
            Ellipsis, "\x1b[2J",
        ]
    )  # fmt: skip
    inner = (
        odd
        | st.lists(odd, max_size=2)
        | st.dictionaries(st.integers() | any_text | st.none(), odd, max_size=2)
    )
    fields = (
        st.sampled_from(["id", "state", "images", "seed", "createdAt", "modelId", "x"])
        | any_text
        | st.integers()
    )
    mappings = st.builds(
        lambda given, job_id: {"id": job_id, **given}, st.dictionaries(fields, inner), st.just("1") | odd
    )
    assert for_all(check, st.binary() | any_text | odd | mappings, share=0.4).keys() == {"a job", "refused"}


def meaning(url: str) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """The path of a URL and the parameters in its query, decoded, without the token."""
    parts = urlsplit(url)
    pairs = [
        tuple(unquote_to_bytes(text.replace("+", " ")) for text in pair.partition("=")[::2])
        for pair in parts.query.split("&")
        if pair
    ]
    return unquote_to_bytes(parts.path or "/"), [pair for pair in pairs if pair[0] != b"leap_token"]


def test_any_url_is_known_again_or_refused(for_all: Callable[..., Any]) -> None:
    """A URL cannot be used, or is known until it expires, with this secret only, however it is written."""

    def check(url: str, secret: str | bytes, other: str | bytes, seconds: float, now: float) -> str:
        try:
            secured = webhooks.secure_url(url, secret, expires_in=seconds, now=now)
        except ApiValueError as error:
            return check_told(error)
        assert meaning(secured) == meaning(url)
        assert secured.partition("?")[0] == url.partition("?")[0]
        assert secured.isprintable()
        assert webhooks.verify(secured, secret, now=now)
        assert webhooks.verify(secured, [other, secret], now=now)
        assert not webhooks.verify(secured, secret, now=now + seconds + 1)
        key, another = (each.encode() if isinstance(each, str) else each for each in (secret, other))
        assert webhooks.verify(secured, other, now=now) is (key == another)
        parts = urlsplit(secured)
        encoded = quote(unquote_to_bytes(parts.path or "/"), safe="")
        assert webhooks.verify(f"/{encoded.removeprefix('%2F')}?{parts.query}", secret, now=now)
        return "known again"

    seconds = st.floats(1, 1e9) | st.integers(1, 10**9)
    times = st.floats(0, 1e11) | st.sampled_from([NOW, -NOW, NOW * 1000, float("nan"), float("inf"), 1e300])
    urls = ANY_URL | GOOD_URL | GOOD_URL
    assert for_all(check, urls, SECRETS, SECRETS, seconds, times).keys() == {"refused", "known again"}


def test_nothing_else_is_known(for_all: Callable[..., Any]) -> None:
    """A URL with a part of it exchanged is known only if it means the same and has the same token."""

    def check(url: str, start: int, length: int, instead: str) -> str:
        secured = webhooks.secure_url(url, "a secret of 16 bytes", now=NOW)
        start %= len(secured) + 1
        altered = secured[:start] + instead + secured[start + length :]
        is_known = webhooks.verify(altered, "a secret of 16 bytes", now=NOW)
        if not altered.isprintable():
            return "not looked at"
        token = secured.rpartition("leap_token=")[2]
        try:
            tokens = [pair.partition("=") for pair in urlsplit(altered).query.split("&")]
            given = [
                text for name, _, text in tokens if unquote_to_bytes(name.replace("+", " ")) == b"leap_token"
            ]
            means_the_same = meaning(altered) == meaning(secured)
        except ValueError:  # brackets that do not match
            assert not is_known
            return "no URL"
        as_made = len(given) == 1 and unquote_to_bytes(given[0].replace("+", " ")) == token.encode()
        assert is_known is (means_the_same and as_made)
        return "known" if is_known else "not known"

    characters = st.characters(min_codepoint=32, max_codepoint=126)
    pieces = (
        st.text(characters, max_size=3)
        | st.sampled_from(PIECES).filter(str.isprintable)
        | st.text(max_size=2)
    )
    # At the end of it: a second token, and a parameter that decides something.
    added = [
        ("https://example.com/", -1, 0, "&leap_token=1.2.3"),
        ("https://example.com/", -1, 0, "&admin=1"),
    ]
    for_all(check, GOOD_URL, st.integers(0, 400), st.integers(0, 3), pieces, examples=added)
