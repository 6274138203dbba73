"""Fetching: what is at a URL that the API gave, which may be anywhere."""

from __future__ import annotations

from contextlib import closing
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from urllib3 import PoolManager, Retry

from leap.api_client.failures import failure
from leap.exceptions import ApiException, OpenApiException, class_for_status
from leap.outcome import show_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse, Timeout

_MOST_REDIRECTS = 5
_PIECE_BYTES = 64 * 1024
# Redirects are followed here, where their schemes are looked at.
_ONCE = Retry(total=False, redirect=False)


class Fetcher:
    """Reads pictures and the like from any host, without an access token."""

    def __init__(self, *, ca_file: str, timeout: Timeout, user_agent: str) -> None:
        """Make one that trusts the certificates in a file; it opens no connection yet."""
        self._pools = PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=ca_file)
        self._timeout = timeout
        self._headers = {"User-Agent": user_agent}

    def fetch(self, url: str, *, most_bytes: int) -> Iterator[bytes]:
        """Read what is at a URL, in pieces as they come; see `ApiClient.fetch`."""
        # Without the query: that of a signed URL is as good as a password.
        line = f"GET {show_text(url.partition('?')[0])}"
        started = perf_counter()
        try:
            with closing(self._follow(url, line)) as answer:
                yield from _pieces(answer, most_bytes, line)
        except OpenApiException:
            raise
        except Exception as error:
            # Everything, as in `ApiClient.call`.
            raise failure(error, line, perf_counter() - started) from error

    def close(self) -> None:
        """Close every connection."""
        self._pools.clear()

    def _follow(self, url: str, line: str) -> BaseHTTPResponse:
        """The unread answer at the end of the redirects."""
        for _ in range(_MOST_REDIRECTS + 1):
            if not url.lower().startswith(("http://", "https://")):
                raise ApiException(f"the address is not one of http or https [{line}]")
            answer = self._pools.urlopen(
                "GET",
                url,
                headers=self._headers,
                retries=_ONCE,
                redirect=False,
                timeout=self._timeout,
                preload_content=False,
            )
            location = answer.get_redirect_location()
            if not location:
                return answer
            answer.close()
            url = urljoin(url, location)
        raise ApiException(f"there are more than {_MOST_REDIRECTS} redirects [{line}]")


def _pieces(answer: BaseHTTPResponse, most_bytes: int, line: str) -> Iterator[bytes]:
    """The body of a successful answer as it comes, up to a size."""
    if not 200 <= answer.status <= 299:  # noqa: PLR2004 - the bounds of "successful", RFC 9110 section 15.3
        message = f"{answer.status} {answer.reason or ''}".rstrip()
        raise class_for_status(answer.status)(
            f"{message} [{line}]", status=answer.status, reason=answer.reason, headers=answer.headers
        )
    declared = answer.headers.get("Content-Length", "")
    size = int(declared) if declared.isdecimal() and len(declared) < 20 else 0  # noqa: PLR2004 - 64 bits
    pieces = answer.stream(_PIECE_BYTES)
    received = 0
    while max(size, received) <= most_bytes:
        piece = next(pieces, None)
        if piece is None:
            return
        received += len(piece)
        yield piece
    raise ApiException(f"there are more than {most_bytes} bytes [{line}]")
