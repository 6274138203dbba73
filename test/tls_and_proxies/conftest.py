"""A real proxy, in a process of its own, that takes every host name for this machine."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

_PROXY = """
import sys
import proxy
from proxy.http.proxy import HttpProxyBasePlugin

class EveryHostIsHere(HttpProxyBasePlugin):
    def resolve_dns(self, host, port):
        return "127.0.0.1", None

if __name__ == "__main__":
    settings = ["--hostname", "127.0.0.1", "--port", "0", "--num-acceptors", "1", "--num-workers", "1"]
    with proxy.Proxy([*settings, "--plugins", "__main__.EveryHostIsHere", *sys.argv[1:]]) as running:
        print(running.flags.port, flush=True)
        sys.stdin.read()
"""

ACCOUNT = "leap-user:pass%2Fword"
"""What stands before the @ of a proxy's URL; the password has a slash in it."""


class Proxy:
    """The proxy.

    Attributes:
        port: Where it listens, on 127.0.0.1.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._log = folder / "proxy.log"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROXY, "--log-file", str(self._log), "--log-level", "DEBUG", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    @property
    def log(self) -> str:
        """All that it has noted."""
        return self._log.read_text() if self._log.exists() else ""

    def close(self) -> None:
        """End it."""
        with self._process:
            self._process.communicate()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy that wants a password."""
    running = Proxy(tmp_path_factory.mktemp("proxy"), "--basic-auth", "leap-user:pass/word")
    yield running
    running.close()


@pytest.fixture(scope="module")
def secure_proxy(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy that is itself behind TLS, and wants a password."""
    folder = tmp_path_factory.mktemp("secure-proxy")
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(folder / "proxy.pem"))
    issued.private_key_pem.write_to_path(str(folder / "proxy.key"))
    running = Proxy(
        folder,
        *("--cert-file", str(folder / "proxy.pem"), "--key-file", str(folder / "proxy.key")),
        *("--basic-auth", "leap-user:pass/word"),
    )
    yield running
    running.close()


@pytest.fixture
def account() -> str:
    """The user and the password that the proxies want, as a URL has them."""
    return ACCOUNT


@pytest.fixture(autouse=True)
def no_proxies_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The environment says nothing of proxies, but what a test adds."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch.setenv
