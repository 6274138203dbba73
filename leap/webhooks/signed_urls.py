"""Signed URLs: addresses of a webhook that nobody else can make, and that expire."""

from __future__ import annotations

import hmac
import json
import math
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from secrets import token_bytes
from typing import Any, Final, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote_plus, unquote_to_bytes, urlsplit

from leap.exceptions import ApiValueError
from leap.schemas.faults import show_value

Secret: TypeAlias = str | bytes | Sequence[str | bytes]
"""What only your own servers know: at least 16 bytes; or several, the present one first."""

TOKEN_PARAMETER: Final = "leap_token"  # noqa: S105 - its name, not its value

LONGEST: Final = 100 * 31_557_600
"""Seconds for which a URL can hold at most: a hundred years."""

_VERSION: Final = "leap webhook 1"
_SHORTEST_SECRET: Final = 16
_EXPIRY: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_TOKEN: Final = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})", re.ASCII)


def secure_url(url: str, secret: Secret, *, expires_in: float = 86_400.0, now: float | None = None) -> str:
    """A URL for `create(webhook_url=…)` that `verify` knows again, and that nobody else can make.

    It holds until it expires, for as many calls as come. The rest of the URL stays as it is.

    Args:
        url: Where your webhook is; http or https.
        secret: What only your own servers know; the first of several is used.
        expires_in: Seconds for which it holds; a day unless told otherwise.
        now: The time it begins at, in seconds since 1970; the present unless told otherwise.

    Raises:
        ApiValueError: The URL or the secret cannot be used, or the time is none.
    """
    _check_url(url)
    if not (isinstance(expires_in, int | float) and 0 < expires_in <= LONGEST):
        raise ApiValueError(
            f"expires_in: got {show_value(expires_in)}, needs seconds, from above 0 to {LONGEST}"
        )
    key = _keys(secret)[0]
    address, _, query = url.partition("?")
    # By hand: urllib.parse would write the rest of the URL in its own way.
    kept = "&".join(pair for pair in query.split("&") if not _is_token(pair))
    expiry = _expiry(time.time() if now is None else now, expires_in)
    nonce = _text(token_bytes(16))
    code = _code(key, _signed(urlsplit(f"{address}?{kept}")), expiry, nonce)
    return f"{address}?{kept}{'&' if kept else ''}{TOKEN_PARAMETER}={expiry}.{nonce}.{code}"


def verify(url: str, secret: Secret, *, now: float | None = None) -> bool:
    """Whether a request came to a URL that `secure_url` has made, and that has not expired.

    The path and the query count, not the scheme and the host: behind a proxy, an application sees others than
    the service does. How the parts are percent-encoded does not count either.

    Args:
        url: The URL of the request, or its path with the query.
        secret: What `secure_url` was given; any of several holds, so that a secret can be replaced.
        now: The time, in seconds since 1970; the present unless told otherwise.

    Returns:
        False if anything is wrong with it. The time that it takes does not tell how much was right.

    Raises:
        ApiValueError: The secret cannot be used.
    """
    keys = _keys(secret)
    if not isinstance(url, str):
        return False
    try:
        # A path may begin with two slashes: what follows them is no host.
        parts = urlsplit(f"http://host{url}" if url.startswith("/") else url)
        signed = _signed(parts)
    except ValueError:  # brackets that do not match, half a surrogate pair
        return False
    tokens = [value for name, value in _pairs(parts) if name == TOKEN_PARAMETER]
    token = _TOKEN.fullmatch(tokens[0]) if len(tokens) == 1 else None
    if token is None:
        return False
    expiry, nonce, code = token.groups()
    # Every key, and all of the code, before the answer.
    matches = [hmac.compare_digest(_code(key, signed, expiry, nonce), code) for key in keys]
    return any(matches) and (time.time() if now is None else now) < int(expiry)


def _check_url(url: Any) -> None:
    """See that a URL can be one of a webhook."""
    parts = _usable(url) if isinstance(url, str) else None
    if parts is None:
        raise ApiValueError(f"url: got {_shown(url)}, needs an absolute http or https URL")
    if parts.username is not None or parts.password is not None:
        raise ApiValueError("url: it holds a user name or a password, which the service would be told")
    if "#" in url:
        raise ApiValueError("url: it has a fragment (#…), which is not sent to servers")


def _shown(url: object) -> str:
    # Without the query, the fragment and the user: they may hold secrets of their own.
    return show_value(re.split("[?#]", url)[0].rpartition("@")[2] if isinstance(url, str) else url)


def _usable(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is none
        return None
    return parts if parts.scheme in ("http", "https") and has_host and _is_plain(url) else None


def _is_plain(url: str) -> bool:
    return url.isprintable() and " " not in url


def _expiry(now: float, seconds: float) -> str:
    """When a URL expires, in seconds since 1970, as its token says it."""
    expiry = str(math.ceil(now + seconds)) if math.isfinite(now) else ""
    if not _EXPIRY.fullmatch(expiry):
        raise ApiValueError(f"now: got {show_value(now)}, needs seconds since 1970")
    return expiry


def _is_token(pair: str) -> bool:
    return unquote_plus(pair.partition("=")[0]) == TOKEN_PARAMETER


def _keys(secret: Any) -> list[bytes]:
    given = [secret] if isinstance(secret, str | bytes) or not isinstance(secret, Sequence) else secret
    keys = [key for each in given if (key := _bytes(each)) is not None and len(key) >= _SHORTEST_SECRET]
    if not keys or len(keys) < len(given):
        # It may be a good secret in the wrong form: it is not shown.
        needs = f"needs text or bytes, at least {_SHORTEST_SECRET} bytes long"
        raise ApiValueError(f"secret: {needs}; secrets.token_urlsafe() makes one")
    return keys


def _bytes(secret: object) -> bytes | None:
    if isinstance(secret, str):
        return secret.encode("utf-8", "surrogatepass")
    return secret if isinstance(secret, bytes) else None


def _pairs(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")


def _signed(parts: SplitResult) -> list[Any]:
    """What of a URL the code is made over: its path and its query, decoded and without the token.

    Raises:
        ValueError: The path holds half a surrogate pair.
    """
    path = unquote_to_bytes(parts.path or "/").decode("latin-1")
    return [path, [pair for pair in _pairs(parts) if pair[0] != TOKEN_PARAMETER]]


def _code(key: bytes, signed: list[Any], expiry: str, nonce: str) -> str:
    """The message authentication code of a URL and its token."""
    message = json.dumps([_VERSION, expiry, nonce, *signed])
    return _text(hmac.digest(key, message.encode("ascii"), "sha256"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
