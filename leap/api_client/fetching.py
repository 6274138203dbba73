"""Fetching: what is at a URL that the API gave, which may be anywhere."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from urllib3 import Retry
from urllib3.exceptions import LocationValueError

from leap.api_client.failures import failure, without_frames
from leap.api_client.proxies import manager_through, proxy_for
from leap.exceptions import ApiException, OpenApiException, class_for_status
from leap.outcome import show_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from ssl import SSLContext
    from typing import Self

    from urllib3 import BaseHTTPResponse, PoolManager, Timeout

    from leap.configuration import Configuration

_MOST_REDIRECTS = 5
# A piece that is not whole is lost when the connection breaks; many a picture has no more than 100 kB.
_PIECE_BYTES = 16 * 1024
_PARTIAL = 206
# Of one host; past it urllib3 warns of each connection that it does not keep.
_KEPT_CONNECTIONS = 100
# Redirects are followed here, where their schemes are looked at.
_ONCE = Retry(total=False, redirect=False)
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-[0-9]{1,19}/([0-9]{1,19})")
# Weak ones may stand for several versions (RFC 9110, section 13.1.5).
_STRONG_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


class Fetched:
    """An answer whose body is read by iterating, in pieces as they come; to be closed, by `with`.

    Attributes:
        offset: Where in the whole the first piece belongs, in bytes.
        size: How many bytes the whole has; None if its host does not say.
        content_type: The media type that its host gives it, or an empty string.
        validator: What tells this version of it from others, for `fetch` to go on with; None if nothing does.
    """

    def __init__(
        self, answer: BaseHTTPResponse, line: str, offset: int, validator: str | None, most_bytes: int
    ) -> None:
        """Take a successful answer, what was asked for, from where, and of which version.

        Raises:
            ApiException: It is compressed, too large, or (206) another part than was asked for.
        """
        self._answer = answer
        self._line = line
        self._most_bytes = most_bytes
        self._started = perf_counter()
        headers = answer.headers
        self.content_type = headers.get("Content-Type", "")
        self.validator = _validator_of(headers)
        encoding = headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise ApiException(
                f"it comes compressed ({show_text(encoding)}), which was not asked for [{line}]"
            )
        declared = headers.get("Content-Length", "")
        self.offset = 0
        self.size = int(declared) if declared.isdecimal() and len(declared) < 20 else None  # noqa: PLR2004 - 64 bits
        if answer.status == _PARTIAL:
            part = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
            # Some hosts do not look at If-Range, and answer with a part of the version that they have now.
            told = headers.get("ETag" if (validator or "").startswith('"') else "Last-Modified", validator)
            if part is None or int(part[1]) != offset or (offset and told != validator):
                raise ApiException(f"another part came than was asked for [{line}]", status=answer.status)
            self.offset, self.size = offset, int(part[2])
        self._check(self.size or 0)

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces.

        Raises:
            ApiConnectionError: The connection broke before the end.
            ApiException: More bytes come than are taken.
        """
        count = self.offset
        try:
            for piece in self._answer.stream(_PIECE_BYTES, decode_content=False):
                count += len(piece)
                self._check(count)
                yield piece
        except OpenApiException:
            raise
        except Exception as error:
            # Everything, as in `ApiClient.call`.
            without_frames(error)
            raise failure(error, self._line, perf_counter() - self._started) from error

    def abort(self) -> None:
        """Break off, so that a thread that reads gets an `ApiConnectionError` at once."""
        with suppress(Exception):  # it may end by itself just now
            sock: socket.socket | None = getattr(self._answer.connection, "sock", None)
            if sock is not None:
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give up what has not been read."""
        self._answer.close()
        self._answer.release_conn()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, count: int) -> None:
        if count > self._most_bytes:
            raise ApiException(f"there are more than {self._most_bytes} bytes [{self._line}]")


class Fetcher:
    """Reads pictures and the like from any host, without an access token."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        tls: Callable[[], SSLContext],
        user_agent: str,
    ) -> None:
        """Make one; it opens no connection yet.

        Args:
            configuration: Says what goes through a proxy.
            tls: Gives what hosts of https are trusted by.
            user_agent: What it calls itself.
        """
        self._proxy = configuration.proxy
        self._tls = tls
        self._managers: dict[tuple[str | None, bool], PoolManager] = {}
        self._lock = threading.Lock()
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}

    def fetch(
        self, url: str, *, timeout: Timeout, most_bytes: int, offset: int = 0, validator: str | None = None
    ) -> Fetched:
        """Ask for what is at a URL, each request with a timeout; see `ApiClient.fetch`."""
        line = f"GET {_shown(url)}"
        headers = dict(self._headers)
        if offset and validator:
            headers |= {"Range": f"bytes={offset}-", "If-Range": validator}
        started = perf_counter()
        try:
            answer = self._follow(url, headers, line, timeout)
        except OpenApiException:
            raise
        except LocationValueError:
            # urllib3's own words hold the whole of it, and a traceback would show them as the cause.
            raise ApiException(f"the address is not valid [{line}]") from None
        except Exception as error:
            without_frames(error)
            raise failure(error, line, perf_counter() - started) from error
        try:
            _check_status(answer, line)
            return Fetched(answer, line, offset, validator, most_bytes)
        except BaseException:
            answer.close()
            answer.release_conn()
            raise

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            managers = list(self._managers.values())
        for manager in managers:
            manager.clear()

    def _manager(self, url: str) -> PoolManager:
        """The pools for a URL; the certificates are loaded once one is behind https."""
        proxy = proxy_for(url, self._proxy)
        is_secure = "https:" in (url[:6].lower(), (proxy or "")[:6].lower())
        with self._lock:
            manager = self._managers.get((proxy, is_secure))
            if manager is None:
                tls = self._tls() if is_secure else None
                manager = manager_through(
                    proxy,
                    tls_to_proxy=tls if proxy else None,
                    maxsize=_KEPT_CONNECTIONS,
                    **({"ssl_context": tls} if tls else {}),
                )
                self._managers[proxy, is_secure] = manager
            return manager

    def _follow(self, url: str, headers: dict[str, str], line: str, timeout: Timeout) -> BaseHTTPResponse:
        """The unread answer at the end of the redirects."""
        for _ in range(_MOST_REDIRECTS + 1):
            if not url.lower().startswith(("http://", "https://")):
                raise ApiException(f"the address is not one of http or https [{line}]")
            answer = self._manager(url).urlopen(
                "GET",
                url,
                headers=headers,
                retries=_ONCE,
                redirect=False,
                timeout=timeout,
                preload_content=False,
            )
            location = answer.get_redirect_location()
            if not location:
                return answer
            answer.close()
            try:
                url = urljoin(url, location)
            except ValueError:
                raise ApiException(f"the address that it redirects to is not valid [{line}]") from None
        raise ApiException(f"there are more than {_MOST_REDIRECTS} redirects [{line}]")


def _validator_of(headers: Mapping[str, str]) -> str | None:
    """What tells one version from every other, if anything does (RFC 9110, sections 8.8.2.2 and 13.1.5)."""
    tag = headers.get("ETag")
    if tag is not None:
        return tag if _STRONG_TAG.fullmatch(tag) else None
    try:
        changed, sent = (parsedate_to_datetime(headers[name]) for name in ("Last-Modified", "Date"))
        # Within one second there may be two versions.
        return headers["Last-Modified"] if (sent - changed).total_seconds() >= 1 else None
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _check_status(answer: BaseHTTPResponse, line: str) -> None:
    if not 200 <= answer.status <= 299:  # noqa: PLR2004 - the bounds of "successful", RFC 9110 section 15.3
        message = f"{answer.status} {show_text(answer.reason or '')}".rstrip()
        raise class_for_status(answer.status)(
            f"{message} [{line}]", status=answer.status, reason=answer.reason, headers=answer.headers
        )


def _shown(url: str) -> str:
    """A URL for a message, without what may be secret: a signature behind it, a password in front."""
    plain = re.split(r"[?#]", url, maxsplit=1)[0]
    return show_text(re.sub(r"(?<=//)[^/]*@", "", plain))
