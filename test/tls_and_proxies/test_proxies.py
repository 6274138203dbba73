"""Calls through a real proxy: to servers with TLS and without, as told by a setting or by the environment."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest

from leap import (
    ApiConnectionError,
    ApiException,
    ClientConfigurationError,
    Configuration,
    InsecureTransportError,
    Leap,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Loopback

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - what test/conftest.py sends
HOST = "api.leap.test"
"""A name that only the proxy knows."""


def read(leap: Leap) -> Any:
    """A call."""
    return leap.generate_images.find_one(model_id="m", inference_id="i").body


def shown(error: BaseException) -> str:
    """What a reporter shows that shows the variables of every frame; those of the test are its own."""
    traces = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    for trace in traces:
        for frame in trace.stack:
            if frame.filename == __file__:
                frame.locals = None
        traces += [each for each in (trace.__cause__, trace.__context__) if each is not None]
    return "".join(traces[0].format())


@pytest.fixture(params=["http", "https"])
def server(
    request: pytest.FixtureRequest,
    loopback: Loopback,
    tls_for: Callable[[str], ssl.SSLContext],
    answer_of: Callable[..., bytes],
    job: dict[str, Any],
) -> Iterator[Loopback]:
    """A server that has a job."""
    with type(loopback)(tls_for(HOST) if request.param == "https" else None, host=HOST) as started:
        started.answer(answer_of(job))
        yield started


@pytest.fixture
def through(server: Loopback, leap_at: Callable[..., Leap], ca_file: Path) -> Callable[..., Leap]:
    """Makes a client of the server, which it can reach through a proxy only."""

    def make(**settings: Any) -> Leap:
        return leap_at(
            server.url,
            **{"ssl_ca_cert": str(ca_file), "allow_insecure_transport": True, "max_retries": 0, **settings},
        )

    return make


@pytest.mark.parametrize("kind", ["proxy", "secure_proxy"])
def test_through_a_proxy(
    server: Loopback,
    through: Callable[..., Leap],
    account: str,
    kind: str,
    request: pytest.FixtureRequest,
    job: dict[str, Any],
) -> None:
    """`proxy=` leads through it with its password, and the connection is used again."""
    proxy = request.getfixturevalue(kind)
    scheme = "https" if kind == "secure_proxy" else "http"
    leap = through(proxy=f"{scheme}://{account}@127.0.0.1:{proxy.port}")
    assert read(leap) == job
    assert read(leap) == job
    for received in server.requests:
        assert received.target == "/api/v1/images/models/m/inferences/i"
        assert received.headers["Host"] == f"{HOST}:{server.port}"
        assert received.headers["Authorization"] == f"Bearer {TOKEN}"
    if server.url.startswith("https"):
        # Without TLS, this proxy passes on what was for itself.
        assert server.requests[0].headers["Proxy-Authorization"] is None
        assert {received.connection for received in server.requests} == {1}
    assert TOKEN not in proxy.log
    assert "pass/word" not in proxy.log


@pytest.mark.parametrize("who", ["nobody", "leap-user:b4dpass"])
def test_a_wrong_password(server: Loopback, through: Callable[..., Leap], proxy: Any, who: str) -> None:
    """A proxy that refuses is an ApiException that says so, and shows no password; nothing was sent."""
    leap = through(proxy=f"http://{who}@127.0.0.1:{proxy.port}")
    with pytest.raises(ApiException, match="407") as caught:
        leap.generate_images.create(prompt="a fox", model_id="m")
    assert "b4dpass" not in shown(caught.value)
    assert TOKEN not in shown(caught.value)
    assert not caught.value.may_have_been_accepted
    assert server.requests == []


def test_a_proxy_that_is_not_there(through: Callable[..., Leap], account: str) -> None:
    """It is named as what could not be reached, and its password is not shown."""
    leap = through(proxy=f"http://{account}@127.0.0.1:1")
    with pytest.raises(ApiConnectionError, match="no connection to the proxy could be made") as caught:
        leap.generate_images.create(prompt="a fox", model_id="m")
    assert not caught.value.may_have_been_accepted
    assert "pass%2Fword" not in shown(caught.value)


@pytest.mark.parametrize("spelling", [str.lower, str.upper])
@pytest.mark.parametrize("variable", ["of the scheme", "all_proxy"])
def test_the_environment_names_a_proxy(
    server: Loopback,
    through: Callable[..., Leap],
    proxy: Any,
    account: str,
    no_proxies_of_the_machine: Callable[[str, str], None],
    job: dict[str, Any],
    spelling: Callable[[str], str],
    variable: str,
) -> None:
    """HTTPS_PROXY, HTTP_PROXY and ALL_PROXY count, in both spellings, with or without a scheme."""
    name = f"{server.url.partition(':')[0]}_proxy" if variable == "of the scheme" else variable
    address = f"{account}@127.0.0.1:{proxy.port}"
    no_proxies_of_the_machine(spelling(name), address if variable == "all_proxy" else f"http://{address}")
    assert read(through()) == job


@pytest.mark.parametrize(
    "exceptions", [HOST, ".leap.test", "leap.test", "*", "elsewhere.test, api.leap.test"]
)
def test_no_proxy_makes_exceptions(
    server: Loopback,
    through: Callable[..., Leap],
    proxy: Any,
    account: str,
    no_proxies_of_the_machine: Callable[[str, str], None],
    exceptions: str,
) -> None:
    """A host of NO_PROXY is asked directly, which here leads nowhere."""
    no_proxies_of_the_machine("ALL_PROXY", f"http://{account}@127.0.0.1:{proxy.port}")
    no_proxies_of_the_machine("NO_PROXY", exceptions)
    with pytest.raises(ApiConnectionError, match="the host name is not known"):
        read(through())
    assert server.requests == []


@pytest.mark.parametrize(
    "broken", ["socks5://u:s3cret@p.test:1", "http://u:s3cret@[::1", "http://u:s3cret@p:x"]
)
def test_a_broken_proxy_of_the_environment(
    leap_at: Callable[..., Leap], no_proxies_of_the_machine: Callable[[str, str], None], broken: str
) -> None:
    """It is named as what it is, and its password is not shown."""
    no_proxies_of_the_machine("HTTPS_PROXY", broken)
    with pytest.raises(ClientConfigurationError, match="the environment's proxy for https: ") as caught:
        read(leap_at("https://leap.test"))
    assert "s3cret" not in shown(caught.value)


def test_direct_is_direct(
    server: Loopback, through: Callable[..., Leap], no_proxies_of_the_machine: Callable[[str, str], None]
) -> None:
    """`proxy="direct"` passes over what the environment says."""
    no_proxies_of_the_machine("ALL_PROXY", "http://127.0.0.1:1")
    with pytest.raises(ApiConnectionError, match="the host name is not known"):
        read(through(proxy="direct"))
    assert server.requests == []


def test_loopback_needs_no_proxy_of_the_environment(
    loopback: Loopback,
    leap_at: Callable[..., Leap],
    answer_of: Callable[..., bytes],
    no_proxies_of_the_machine: Callable[[str, str], None],
    job: dict[str, Any],
) -> None:
    """An emulator on this machine is reached although the environment names a proxy for everything."""
    loopback.answer(answer_of(job))
    no_proxies_of_the_machine("ALL_PROXY", "http://127.0.0.1:1")
    assert read(leap_at(loopback.url)) == job


def test_pictures_come_through_the_proxy_too(
    server: Loopback,
    through: Callable[..., Leap],
    proxy: Any,
    account: str,
    job: dict[str, Any],
    tmp_path: Path,
) -> None:
    """A download goes the way of the calls, without the token."""
    picture = bytes.fromhex("89504e470d0a1a0a") + b"\0" * 24
    server.answer(
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture
    )
    leap = through(proxy=f"http://{account}@127.0.0.1:{proxy.port}")
    finished = {**job, "state": "finished", "images": [{"id": "1", "uri": f"{server.url}/1.png"}]}
    (path,) = leap.generate_images.download(finished, tmp_path)
    assert path.read_bytes() == picture
    assert server.requests[0].headers["Authorization"] is None


def test_a_token_in_the_clear_to_another_machine() -> None:
    """Through a proxy on another machine plain http is refused, wherever the host is."""
    settings: dict[str, Any] = {"host": "http://localhost", "access_token": TOKEN, "proxy": "http://p.test:1"}
    with pytest.raises(InsecureTransportError, match="proxy: would get the access token"):
        Configuration(**settings)
    Configuration(**settings, allow_insecure_transport=True)


@pytest.mark.parametrize(
    "proxy", ["proxy:3128", "socks5://proxy:1080", "http://", "http://user:word@proxy:x", "http://proxy/a", 5]
)
def test_a_setting_that_is_no_proxy(proxy: Any) -> None:
    """It is refused, and not shown: there may be a password in it."""
    with pytest.raises(ClientConfigurationError, match="proxy: ") as caught:
        Configuration(access_token=TOKEN, proxy=proxy)
    assert "user:word" not in shown(caught.value)
