"""Secrets: the access token is shown nowhere, whatever happens and whoever looks."""

from __future__ import annotations

import copy
import functools
import http.client
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from leap import (
    ApiException,
    ClientClosedError,
    ClientConfigurationError,
    Configuration,
    Leap,
    OpenApiException,
    SchemaValidationError,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Connection, Loopback

    from leap.emulator import Emulator

SECRET = "sk-5f0e1c-do-not-tell"  # noqa: S105 - a token that nothing accepts
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def shown(error: BaseException) -> str:
    """What a reporter shows that shows the variables of every frame; those of this file are the test's."""
    pending = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    first = pending[0]
    while pending:
        trace = pending.pop()
        for frame in trace.stack:
            if frame.filename == __file__:
                frame.locals = None
        pending += [each for each in (trace.__cause__, trace.__context__) if each is not None]
    return "".join(first.format())


def told_by(error: BaseException) -> Iterator[str]:
    """Everything that can be read off an exception, and off its causes."""
    yield shown(error)
    seen: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        yield from (str(each), repr(each), repr(vars(each)), repr(each.args))
        yield from getattr(each, "__notes__", [])
        pending += [each.__cause__, each.__context__]
    if isinstance(error, OpenApiException):
        yield pickle.dumps(error).decode("latin-1")
        yield repr(copy.copy(error).__dict__)


@pytest.fixture
def everything_said(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], str]]:
    """All that is logged at DEBUG, warned of, or printed, `http.client`'s own printing included."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    said: list[str] = []
    logged: list[str] = []

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(f"{record.name} {record.getMessage()} {record.__dict__!r}")

    handler = Everything()
    root = logging.getLogger()
    root.addHandler(handler)

    def everything() -> str:
        said.extend(capsys.readouterr())
        return "\n".join([*said, *logged, *(str(each.message) for each in caught)])

    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield everything
    root.removeHandler(handler)


def create(leap: Leap, **options: Any) -> Any:
    """A call that pays."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def resetting(connection: Connection) -> None:
    """Break the connection."""
    connection.reset()


def stalling(connection: Connection) -> None:
    """Say nothing."""
    connection.wait()


ANSWERS: dict[str, Any] = {
    "400": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}",
    "401": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
    "503": b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n",
    "a reset": resetting,
    "a stall": stalling,
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "no JSON": HEAD + b"Content-Length: 3\r\n\r\n<p>",
    "not the contract": HEAD + b"Content-Length: 2\r\n\r\n{}",
    "a body that breaks off": HEAD + b"Content-Length: 99\r\nConnection: close\r\n\r\n{",
    "too many headers": HEAD + b"X: y\r\n" * 5000 + b"\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("rotating", [False, True])
def test_no_failure_of_a_call_shows_it(
    loopback: Loopback, everything_said: Callable[[], str], answer: str, rotating: bool
) -> None:
    """No error, traceback with variables, pickle, log at DEBUG, or print of http.client has the token."""
    loopback.answer(ANSWERS[answer])
    events: list[Any] = []
    leap = Leap(
        host=loopback.url,
        access_token=(lambda: SECRET) if rotating else SECRET,
        read_timeout=0.05,
        max_retries=1,
        response_validation="strict",
        on_request=events.append,
        on_response=events.append,
    )
    leap.api_client.sleep = lambda _seconds: None
    with leap, pytest.raises(ApiException) as caught:
        create(leap)
    assert loopback.requests[0].headers["Authorization"] == f"Bearer {SECRET}" if loopback.requests else True
    for text in (
        *told_by(caught.value),
        everything_said(),
        repr(events),
        pickle.dumps(events[0]).decode("latin-1"),
    ):
        assert SECRET not in text
    assert "POST" in everything_said(), "urllib3 and leap have told of it"


def test_no_failure_to_connect_shows_it(
    tls_for: Callable[[str], ssl.SSLContext],
    loopback: Loopback,
    ca_file: Path,
    everything_said: Callable[[], str],
) -> None:
    """Neither a refused connection nor a refused certificate, nor a proxy that is not there."""
    with socket.socket() as bound, type(loopback)(tls_for("other.test")) as secure:
        bound.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{bound.getsockname()[1]}"
        for settings in (
            {"host": f"http://{nobody}"},
            {"host": secure.url, "ssl_ca_cert": str(ca_file)},
            {"host": "https://leap.test", "proxy": f"http://user:{SECRET}@{nobody}"},
            {"host": "https://leap.test", "cert_file": str(ca_file)},
        ):
            with (
                Leap(access_token=SECRET, max_retries=0, **settings) as leap,
                pytest.raises(OpenApiException) as caught,
            ):
                create(leap)
            for text in told_by(caught.value):
                assert SECRET not in text
    assert SECRET not in everything_said()


def test_no_good_answer_shows_it(
    loopback: Loopback,
    answer_of: Callable[..., bytes],
    job: dict[str, Any],
    everything_said: Callable[[], str],
) -> None:
    """Neither a client nor its parts, nor what a call returns, show it in a repr, a str or a pickle."""
    loopback.answer(answer_of(job))
    with Leap(host=loopback.url, access_token=SECRET, proxy="direct") as leap:
        response = create(leap)
        parts = [leap, leap.api_client, leap.api_client.configuration, leap.api_client.connections]
        parts += [leap.generate_images, response, response.response, response.headers, response.body]
        parts += [leap.with_options(max_retries=1).api_client.configuration]
        for part in parts:
            assert SECRET not in f"{part!r} {part!s}"
        values = {name: getattr(leap.api_client.configuration, name) for name in Configuration.__slots__}
        assert SECRET not in repr(values)
        assert SECRET not in repr(vars(leap.api_client))
        assert SECRET not in pickle.dumps(response).decode("latin-1")
    assert SECRET not in everything_said()


def test_no_wrong_use_shows_it(everything_said: Callable[[], str]) -> None:
    """Settings and arguments that are refused are named, without what identifies somebody."""

    def failing() -> str:
        raise RuntimeError("the vault is closed")

    def closed() -> None:
        leap = Leap(access_token=SECRET)
        leap.close()
        create(leap)

    wrong: list[Callable[[], Any]] = [
        lambda: Leap(access_token=f"{SECRET}\n"),
        lambda: Leap(access_token=SECRET, host="leap.test"),
        lambda: Leap(access_token=SECRET, host="http://leap.test"),
        lambda: Leap(access_token=SECRET, host=f"https://user:{SECRET}@leap.test"),
        lambda: Leap(access_token=SECRET, host=f"leap.test:{SECRET}@x"),
        lambda: Leap(access_token=SECRET, proxy=f"socks5://user:{SECRET}@leap.test"),
        lambda: Leap(access_token=SECRET, pool_size=0),
        lambda: Leap(access_token=SECRET, key_file=__file__),
        lambda: Leap(access_token=SECRET, retries=1),  # type: ignore[call-arg]
        lambda: Leap(Configuration(access_token=SECRET), access_token=SECRET),
        lambda: Leap(access_token=SECRET).with_options(access_token=f"{SECRET} "),
        lambda: Configuration(access_token=SECRET).with_options(access_token=f"{SECRET} "),
        lambda: Leap(access_token=SECRET).with_options(host="https://leap.test"),  # type: ignore[call-arg]
        lambda: create(Leap(access_token=SECRET), steps="many"),
        lambda: create(Leap(access_token=lambda: f"{SECRET}\r\nX: y")),
        lambda: create(Leap(access_token=SECRET.encode)),  # type: ignore[arg-type,return-value]
        lambda: create(Leap(access_token=failing)),
        closed,
    ]
    for use in wrong:
        with pytest.raises((OpenApiException, TypeError)) as caught:
            use()
        for text in told_by(caught.value):
            assert SECRET not in text
    assert SECRET not in everything_said()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"access_token": "two\nlines"}, "access_token: .*a line break"),
        ({"access_token": "a\x7fb"}, "access_token: .*only printable ASCII"),
        ({"access_token": " t"}, "access_token: .*without spaces"),
        ({"access_token": ""}, "access_token: is empty"),
        ({"access_token": "t", "host": "https://me@leap.test"}, "host: has a user name or password"),
        ({"access_token": "t", "host": "http://leap.test"}, "host: .*unencrypted connection"),
    ],
    ids=str,
)
def test_what_would_give_it_away_is_refused(settings: dict[str, Any], reason: str) -> None:
    """A token that cannot be sent, an open connection, an account in an address: refused with the reason."""
    with pytest.raises(ClientConfigurationError, match=reason):
        Leap(**settings)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Ctrl-C raises, also where whoever runs the tests has it ignored, as in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interruption_does_not_show_it(loopback: Loopback, everything_said: Callable[[], str]) -> None:
    """Ctrl-C in the middle of a call leaves without the variables of urllib3."""

    def interrupting(connection: Connection) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        connection.wait()

    loopback.answer(interrupting)
    with Leap(host=loopback.url, access_token=SECRET) as leap, pytest.raises(KeyboardInterrupt) as caught:
        create(leap)
    for text in told_by(caught.value):
        assert SECRET not in text
    assert SECRET not in everything_said()


def test_a_hook_that_raises_does_not_show_it(
    loopback: Loopback,
    answer_of: Callable[..., bytes],
    job: dict[str, Any],
    everything_said: Callable[[], str],
) -> None:
    """Hooks do not get it, and what they raise is logged without it."""
    loopback.answer(answer_of(job))

    def raising(event: Any) -> None:
        raise ValueError(f"{event!r} {dict(event.headers)!r}")

    own = {"Authorization": f"Bearer {SECRET}", "X-Api-Key": SECRET, "Cookie": f"token={SECRET}"}
    with Leap(host=loopback.url, access_token=SECRET, on_request=raising, on_response=raising) as leap:
        create(leap)
        create(leap, extra_headers=own)
    assert "on_request raised" in everything_said()
    assert SECRET not in everything_said()


@pytest.mark.parametrize(
    "command",
    [
        ["config", "show"],
        ["config", "show", "--json"],
        ["jobs", "list", "--verbose"],
        ["jobs", "list", "--json", "--verbose"],
        ["generate", "a fox", "--verbose"],
        ["jobs", "list", "--api-key", SECRET, "--host", "http://elsewhere.test"],
        ["jobs", "list", "--host", f"https://me:{SECRET}@elsewhere.test"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_no_command_shows_it(loopback: Loopback, tmp_path: Path, command: list[str]) -> None:
    """What the command line prints, of settings, requests and errors, does not have it."""
    loopback.answer(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
    settings = {
        "LEAP_API_KEY": SECRET,
        "LEAP_MODEL_ID": "m",
        "LEAP_PROXY": f"http://user:{SECRET}@127.0.0.1:1",
    }
    settings |= {} if "config" in command else {"LEAP_HOST": loopback.url, "LEAP_PROXY": "direct"}
    done = subprocess.run(
        [sys.executable, "-m", "leap.cli", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, **settings},
    )
    assert done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_it_goes_to_one_host_only(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], tmp_path: Path
) -> None:
    """Neither a redirect nor the host of a picture gets it."""
    with type(loopback)() as elsewhere:
        elsewhere.answer(answer_of([]))
        picture = f"{elsewhere.url}/1.png"
        loopback.answer(answer_of(b"", "307 Temporary Redirect", Location=elsewhere.url))
        leap = leap_at(loopback.url, access_token=SECRET)
        with pytest.raises(ApiException, match="redirects are not followed"):
            create(leap)
        assert elsewhere.requests == []
        finished = {"id": "1", "state": "finished", "images": [{"id": "1", "uri": picture}]}
        with pytest.raises(ApiException):
            leap.generate_images.download(finished, tmp_path)
        assert elsewhere.requests
        assert all(SECRET not in str(request.headers) for request in elsewhere.requests)


def test_a_token_that_changes_is_asked_for_each_time(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """A function gives the token of each attempt, and of no other request."""
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    loopback.answer(busy, answer_of(job))
    tokens = iter(["first", "second", "third"])
    leap = leap_at(loopback.url, access_token=lambda: next(tokens))
    leap.api_client.sleep = lambda _seconds: None
    create(leap)
    create(leap)
    assert [each.headers["Authorization"] for each in loopback.requests] == [
        "Bearer first",
        "Bearer second",
        "Bearer third",
    ]
    with pytest.raises(
        ClientConfigurationError, match="the function that gives it failed with StopIteration"
    ):
        create(leap)
    assert len(loopback.requests) == 3


def test_what_is_refused_is_not_asked_for(emulator: Emulator, leap_at: Callable[..., Leap]) -> None:
    """Arguments that break the contract, and a closed client, do not even ask for a token."""
    asked: list[int] = []
    leap = leap_at(emulator.url, access_token=lambda: asked.append(1) or "t")
    with pytest.raises(SchemaValidationError):
        create(leap, steps="many")
    leap.close()
    with pytest.raises(ClientClosedError):
        create(leap)
    assert asked == []


class _Vault:
    """Gives a token, and shows what it holds."""

    def __init__(self, token: Any) -> None:
        self.held = token

    def __repr__(self) -> str:
        return f"Vault({self.held!r})"

    def __call__(self) -> Any:
        return self.held

    def give(self) -> Any:
        return self.held


@pytest.mark.parametrize("token", [SECRET.encode(), f"{SECRET} "], ids=["bytes", "a space"])
@pytest.mark.parametrize("form", ["itself", "partial", "callable", "method"])
def test_a_token_that_shows_itself_is_not_shown(token: Any, form: str) -> None:
    """Bytes, and functions whose `repr` tells what they hold, are in no message, repr or variable of ours."""
    vault = _Vault(token)
    given: Any = {
        "itself": token,
        "partial": functools.partial(_Vault.__call__, vault),
        "callable": vault,
        "method": vault.give,
    }[form]

    def use() -> None:
        with Leap(access_token=given) as leap:
            for text in (repr(leap), repr(leap.api_client.configuration), repr(vars(leap.api_client))):
                assert SECRET not in text
            leap.generate_images.find_all(model_id="m")

    with pytest.raises(ClientConfigurationError, match=r"a value of type bytes|without spaces") as caught:
        use()
    assert SECRET not in shown(caught.value)
