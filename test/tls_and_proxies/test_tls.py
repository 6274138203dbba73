"""TLS against real servers: whom a client trusts, who it says that it is, and what it does not bear."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from leap import (
    ApiConnectionError,
    ClientConfigurationError,
    Configuration,
    InsecureTransportError,
    InsecureTransportWarning,
    Leap,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Loopback

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - what test/conftest.py sends


def read(leap: Leap) -> Any:
    """A call."""
    return leap.generate_images.find_one(model_id="m", inference_id="i").body


@pytest.fixture
def serve(
    loopback: Loopback, answer_of: Callable[..., bytes], job: dict[str, Any]
) -> Iterator[Callable[[ssl.SSLContext], Loopback]]:
    """Starts a TLS server that has a job."""
    servers: list[Loopback] = []

    def start(tls: ssl.SSLContext) -> Loopback:
        server = type(loopback)(tls).__enter__()
        servers.append(server)
        server.answer(answer_of(job))
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def identity(authority: trustme.CA, tmp_path: Path) -> tuple[Path, Path]:
    """A client's certificate and its key, in two files."""
    issued = authority.issue_cert("client@leap.test")
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return certificate, key


def test_an_authority_of_ones_own(
    serve: Callable[..., Loopback],
    tls_for: Callable[[str], ssl.SSLContext],
    leap_at: Callable[..., Leap],
    ca_file: Path,
    job: dict[str, Any],
) -> None:
    """With `ssl_ca_cert` its servers are trusted, and without it they are not, which no retry changes."""
    server = serve(tls_for("127.0.0.1"))
    assert read(leap_at(server.url, ssl_ca_cert=str(ca_file))) == job
    with pytest.raises(ApiConnectionError, match="no secure connection could be made") as caught:
        read(leap_at(server.url))
    assert (caught.value.attempts, caught.value.may_pass) == (1, False)
    assert not caught.value.may_have_been_accepted
    assert len(server.requests) == 1


def test_a_certificate_for_another_host(
    serve: Callable[..., Loopback],
    tls_for: Callable[[str], ssl.SSLContext],
    leap_at: Callable[..., Leap],
    ca_file: Path,
) -> None:
    """A trusted certificate of somebody else is refused, and nothing is sent."""
    server = serve(tls_for("other.leap.test"))
    with pytest.raises(ApiConnectionError, match=r"no secure connection could be made.*127\.0\.0\.1"):
        read(leap_at(server.url, ssl_ca_cert=str(ca_file)))
    assert server.requests == []


def test_an_expired_certificate(
    serve: Callable[..., Loopback], authority: trustme.CA, leap_at: Callable[..., Leap], ca_file: Path
) -> None:
    """A certificate whose time is over is refused, and nothing is sent."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=past).configure_cert(context)
    server = serve(context)
    with pytest.raises(ApiConnectionError, match=r"no secure connection could be made.*expired"):
        read(leap_at(server.url, ssl_ca_cert=str(ca_file)))
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_without_verification(
    serve: Callable[..., Loopback], tls_for: Callable[[str], ssl.SSLContext], job: dict[str, Any]
) -> None:
    """`verify_ssl=False` takes any certificate, and warns in the caller's own line."""
    server = serve(tls_for("other.leap.test"))
    with pytest.warns(InsecureTransportWarning, match="verify_ssl is False") as caught:
        leap = Leap(host=server.url, access_token=TOKEN, verify_ssl=False)
    assert caught[0].filename == __file__
    with leap:
        assert read(leap) == job


@pytest.mark.parametrize("in_one_file", [False, True])
def test_a_certificate_of_the_client(
    serve: Callable[..., Loopback],
    tls_for: Callable[[str], ssl.SSLContext],
    authority: trustme.CA,
    leap_at: Callable[..., Leap],
    ca_file: Path,
    identity: tuple[Path, Path],
    job: dict[str, Any],
    in_one_file: bool,
) -> None:
    """A server that asks for a certificate gets it, with the key in a file of its own or in the same."""
    context = tls_for("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    server = serve(context)
    certificate, key = identity
    files = {"cert_file": str(certificate), "key_file": str(key)}
    if in_one_file:
        certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
        files = {"cert_file": str(certificate)}
    assert read(leap_at(server.url, ssl_ca_cert=str(ca_file), **files)) == job
    with pytest.raises(ApiConnectionError):
        read(leap_at(server.url, ssl_ca_cert=str(ca_file), max_retries=0))
    assert len(server.requests) == 1


def test_a_certificate_of_the_client_from_another_authority(
    serve: Callable[..., Loopback],
    tls_for: Callable[[str], ssl.SSLContext],
    authority: trustme.CA,
    leap_at: Callable[..., Leap],
    ca_file: Path,
    tmp_path: Path,
) -> None:
    """A server that does not trust it ends the connection, and the error is one of ours."""
    context = tls_for("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    server = serve(context)
    file = tmp_path / "client.pem"
    trustme.CA().issue_cert("client@leap.test").private_key_and_cert_chain_pem.write_to_path(str(file))
    with pytest.raises(ApiConnectionError):
        read(leap_at(server.url, ssl_ca_cert=str(ca_file), cert_file=str(file), max_retries=0))
    assert server.requests == []


@pytest.mark.parametrize("setting", ["ssl_ca_cert", "cert_file"])
def test_a_file_without_certificates(leap_at: Callable[..., Leap], setting: str) -> None:
    """A file that holds none is named, with the setting, at the first call."""
    with pytest.raises(ClientConfigurationError, match=f"{setting}: .*test_tls.py"):
        read(leap_at("https://127.0.0.1:1", **{setting: __file__}))


def test_a_key_that_is_encrypted_is_refused(
    leap_at: Callable[..., Leap], identity: tuple[Path, Path]
) -> None:
    """OpenSSL does not ask for its password on the terminal, where nobody may sit."""
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    certificate, key = identity
    plain = load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        plain.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password"))
    )
    leap = leap_at("https://127.0.0.1:1", cert_file=str(certificate), key_file=str(key))
    with pytest.raises(ClientConfigurationError, match=r"cert_file: .* its key cannot be used"):
        read(leap)


def test_a_key_alone_is_refused() -> None:
    """A key without the certificate that it belongs to is no setting."""
    with pytest.raises(ClientConfigurationError, match="key_file: is given without cert_file"):
        Configuration(access_token=TOKEN, key_file=__file__)


def test_tls_1_2_is_the_least(leap_at: Callable[..., Leap]) -> None:
    """What the client offers in its first message is TLS 1.2 and 1.3, and nothing before."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen: list[bytes] = []

        def take() -> None:
            connection, _address = listener.accept()
            with connection:
                seen.append(connection.recv(65536))

        thread = threading.Thread(target=take)
        thread.start()
        leap = leap_at(f"https://127.0.0.1:{listener.getsockname()[1]}", max_retries=0)
        with pytest.raises(ApiConnectionError):
            read(leap)
        thread.join(10)
    assert versions_offered(seen[0]) == {(3, 3), (3, 4)}


def versions_offered(hello: bytes) -> set[tuple[int, int]]:
    """The versions in the extension supported_versions of a ClientHello (RFC 8446, section 4.2.1)."""
    # Record (5), handshake (4), version (2), random (32); then session id, ciphers, compression.
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at : at + 2])
    at += 1 + hello[at]
    end = at + 2 + int.from_bytes(hello[at : at + 2])
    at += 2
    while at < end:
        kind, size = int.from_bytes(hello[at : at + 2]), int.from_bytes(hello[at + 2 : at + 4])
        if kind == 43:  # supported_versions
            listed = hello[at + 5 : at + 4 + size]
            return {(listed[each], listed[each + 1]) for each in range(0, len(listed), 2)}
        at += 4 + size
    return set()


@pytest.mark.parametrize(
    "host", ["http://api.leap.test", "http://192.168.0.1:8000", "http://127.0.0.1.leap.test"]
)
def test_a_token_over_plain_http(host: str) -> None:
    """It is refused with the reason and the way out, unless that is allowed."""
    with pytest.raises(InsecureTransportError, match="allow_insecure_transport=True") as caught:
        Leap(host=host, access_token=TOKEN)
    assert host in str(caught.value)
    assert isinstance(caught.value, ClientConfigurationError)
    Leap(host=host, access_token=TOKEN, allow_insecure_transport=True).close()


@pytest.mark.parametrize(
    "host",
    [
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://127.1.2.3",
        "http://[::1]:5327",
        "http://leap.localhost",
    ],
)
def test_plain_http_to_this_machine(host: str) -> None:
    """Loopback is no network."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Leap(host=host, access_token=TOKEN).close()
