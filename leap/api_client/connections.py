"""Connections: to the host of the API and to those that it names, made when they are first needed.

Clients over one pool share them. They survive a fork: the child makes its own.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import LocationValueError

from leap.api_client.wire import Connection, SecureConnection, let_go_in_child
from leap.exceptions import ClientClosedError, ClientConfigurationError
from leap.outcome import show_text

if TYPE_CHECKING:
    from ssl import SSLContext

    from leap.api_client.fetching import Fetcher
    from leap.configuration import Configuration


# Only those of equal requests matter, and of those few are made at once.
_REMEMBERED_IDS = 1_000


class Connections:
    """The connections of one configuration.

    Attributes:
        pool: The pool of connections to the API; None before the first call, and after `close`.
        prefix: What stands before the target of a request over them: the path of the host, or all of it.
        closed: Whether they have been closed.
        acknowledged: The ids of what was submitted over them last, which nobody needs to look for.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Open nothing yet."""
        self.pool: HTTPConnectionPool | None = None
        self.prefix = urlsplit(configuration.host).path
        self.closed = False
        self.acknowledged: deque[object] = deque(maxlen=_REMEMBERED_IDS)
        self._configuration = configuration
        self._fetcher: Fetcher | None = None
        self._lock = threading.Lock()
        _all.add(self)

    def open(self) -> HTTPConnectionPool:
        """The pool of connections to the API, made at the first call.

        Raises:
            ClientClosedError: They have been closed.
            ClientConfigurationError: The host, the proxy or the certificates turn out to be unusable.
        """
        with self._lock:
            self._check_open()
            if self.pool is None:
                self.pool = self._make_pool()
            return self.pool

    def fetcher(self, user_agent: str) -> Fetcher:
        """What reads from other hosts, made at the first use.

        Raises:
            ClientClosedError: They have been closed.
            ClientConfigurationError: The certificates turn out to be unusable.
        """
        with self._lock:
            self._check_open()
            if self._fetcher is None:
                from leap.api_client.fetching import Fetcher

                self._fetcher = Fetcher(
                    configuration=self._configuration,
                    # Without the client's certificate: they are not who asks for it.
                    tls=lambda: self._ssl_context(identified=False),
                    user_agent=user_agent,
                )
            return self._fetcher

    def differences(self, configuration: Configuration) -> list[str]:
        """The settings of a configuration that are others than those they were made with, for a `repr`."""
        return configuration.differences(self._configuration)

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            self.closed = True
            pool, self.pool = self.pool, None
            fetcher, self._fetcher = self._fetcher, None
        if pool is not None:
            pool.close()
        if fetcher is not None:
            fetcher.close()

    def forget(self) -> None:
        """Begin anew in a process that has just been forked, whatever another thread was doing."""
        self._lock = threading.Lock()
        self.pool = None
        self._fetcher = None

    def _check_open(self) -> None:
        if self.closed:
            raise ClientClosedError("this client has been closed; make another")

    def _make_pool(self) -> HTTPConnectionPool:
        from leap.api_client.proxies import manager_through, proxy_for

        configuration = self._configuration
        host = urlsplit(configuration.host)
        assert host.hostname is not None  # noqa: S101 - Configuration has seen to it
        settings: dict[str, Any] = {"maxsize": configuration.pool_size, "block": True}
        proxy = proxy_for(configuration.host, configuration.proxy)
        tls = self._ssl_context() if "https" in (host.scheme, urlsplit(proxy or "").scheme) else None
        if host.scheme == "https":
            settings["ssl_context"] = tls
        pool: HTTPConnectionPool
        try:
            if proxy is not None:
                manager = manager_through(proxy, tls_to_proxy=tls, **settings)
                pool = manager.connection_from_host(host.hostname, host.port, host.scheme)
            elif host.scheme == "https":
                pool = HTTPSConnectionPool(host.hostname, host.port, **settings)
            else:
                pool = HTTPConnectionPool(host.hostname, host.port, **settings)
        except LocationValueError as error:
            raise ClientConfigurationError(f"host: {show_text(str(error))}") from error
        if proxy is not None and host.scheme == "http":
            # A proxy that reads the requests has to be told the host (RFC 9112, section 3.2.2).
            self.prefix = configuration.host
        # Any: by the letter of urllib3's types not even its own connections are connections.
        connection: Any = SecureConnection if isinstance(pool, HTTPSConnectionPool) else Connection
        pool.ConnectionCls = connection
        return pool

    def _ssl_context(self, *, identified: bool = True) -> SSLContext:
        """What calls over https trust. Made once, by the first: loading it takes longer than most calls."""
        import ssl

        configuration = self._configuration
        trusted = configuration.ssl_ca_cert or _trusted_by_default()
        try:
            context = ssl.create_default_context(cafile=trusted)
        except OSError as error:  # ssl.SSLError among them
            raise ClientConfigurationError(
                f"ssl_ca_cert: {trusted!r} holds no certificates: {error}"
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not configuration.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if identified and configuration.cert_file is not None:
            try:
                # With a password, so that OpenSSL does not ask for one on the terminal.
                context.load_cert_chain(configuration.cert_file, configuration.key_file, password="")
            except OSError as error:
                raise ClientConfigurationError(
                    f"cert_file: {configuration.cert_file!r} and its key cannot be used: {error}"
                ) from error
        return context


def _trusted_by_default() -> str:
    import certifi

    return certifi.where()


_all: weakref.WeakSet[Connections] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    # First of all, so that nothing is shared whatever becomes of the rest.
    for connections in list(_all):
        connections.forget()
    let_go_in_child()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork_in_child)
