"""A client that is forked, pickled, copied or dropped: no process takes a socket of another for its own."""

from __future__ import annotations

import ast
import copy
import gc
import os
import pickle
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

import leap as package
from leap import ClientClosedError, ClientConfigurationError, Leap

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from conftest import Connection, Loopback

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - what test/conftest.py sends
DEADLINE = 10.0

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are forks on POSIX only")


def read(leap: Leap) -> Any:
    """A call."""
    return leap.generate_images.find_one(model_id="m", inference_id="i").body


def in_child(work: Callable[[], None]) -> int:
    """The exit code of a forked child that does something: 0, or 1 if it raised."""
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads. That there are some is what is tried here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)  # without pytest's end in it
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def sockets_to(port: int) -> set[int]:
    """The local ports of this process's connections to a port."""
    connections = psutil.Process().net_connections("tcp")
    return {each.laddr.port for each in connections if each.raddr and each.raddr.port == port}


@pytest.fixture(params=["http", "https"])
def server(
    request: pytest.FixtureRequest, loopback: Loopback, tls_for: Callable[..., SSLContext], ca_file: Path
) -> Any:
    """A server, and what a client needs to trust it."""
    if request.param == "http":
        yield loopback, {}
        return
    with type(loopback)(tls_for("127.0.0.1")) as secure:
        yield secure, {"ssl_ca_cert": str(ca_file)}


@needs_fork
def test_a_child_shares_no_socket_with_its_parent(
    server: Any, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """After a fork both go on, each over connections of its own; the parent's is as it was."""
    loopback, settings = server
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, **settings)
    read(leap)

    def work() -> None:
        assert not sockets_to(loopback.port), "the child has closed its copies"
        assert read(leap) == job
        assert read(leap) == job
        leap.close()

    assert in_child(work) == 0
    assert read(leap) == job
    assert [each.connection for each in loopback.requests] == [1, 2, 2, 1]


@needs_fork
def test_a_fork_in_the_middle_of_a_call(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """While another thread waits for an answer, a child is made that can call; the answer still comes."""

    def held(connection: Connection) -> None:
        connection.wait()
        connection.send(answer_of(job))

    loopback.answer(held, answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.append(read(leap)))
    caller.start()
    loopback.wait_for(lambda: len(loopback.requests) == 1)

    def work() -> None:
        assert not sockets_to(loopback.port)
        assert read(leap) == job

    assert in_child(work) == 0
    loopback.released.set()
    caller.join(DEADLINE)
    assert answers == [job]
    assert [each.connection for each in loopback.requests] == [1, 2]


@needs_fork
def test_a_fork_while_the_pool_is_being_made(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """A lock that a thread holds at the fork does not stop the child, in which there is no such thread."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url)
    with leap.api_client.connections._lock:  # noqa: SLF001 - there is no other way to hold it just then
        assert in_child(lambda: read(leap)) == 0


@pytest.mark.parametrize("remake", [lambda leap: pickle.loads(pickle.dumps(leap)), copy.copy, copy.deepcopy])  # noqa: S301 - made here
@pytest.mark.parametrize("derived", [False, True])
def test_a_copy_works_without_the_sockets(
    loopback: Loopback,
    leap_at: Callable[..., Leap],
    answer_of: Callable[..., bytes],
    job: dict[str, Any],
    remake: Callable[[Leap], Leap],
    derived: bool,
) -> None:
    """A pickled or copied client calls with the same settings, over connections of its own."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, read_timeout=7)
    read(leap)
    with remake(leap.with_options(max_retries=0) if derived else leap) as other:
        assert read(other) == job
        assert other.api_client.configuration.read_timeout == 7
        assert (other.api_client.configuration.max_retries == 0) is derived
    assert read(leap) == job
    assert [each.connection for each in loopback.requests] == [1, 2, 1]
    assert loopback.requests[1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_nothing_works_in_del() -> None:
    """No class of the package does anything when it is collected."""
    files = Path(package.__file__).parent.rglob("*.py")
    names = [
        f"{file}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "__del__"
    ]
    assert names == []


def test_a_client_that_is_dropped_leaves_nothing(
    loopback: Loopback, answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """Without a `close`, the sockets go with the client, and no thread stays."""
    loopback.answer(answer_of(job))
    leap = Leap(host=loopback.url, access_token=TOKEN)
    read(leap)
    assert sockets_to(loopback.port)
    threads = threading.active_count()
    del leap
    gc.collect()
    assert not sockets_to(loopback.port)
    assert threading.active_count() <= threads


def test_clients_over_one_pool_share_its_connections(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """However many clients are derived, there are no more connections than the pool has."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, pool_size=2)
    threads = [
        threading.Thread(target=read, args=(leap.with_options(timeout=5 + each),)) for each in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert len(loopback.requests) == 20
    assert len(loopback.connections) <= 2


def test_closing_a_derived_client_closes_only_that(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], job: dict[str, Any]
) -> None:
    """The connections are the first client's: its end is the end of all, and no other's is."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url)
    with leap.with_options(max_retries=0) as derived:
        assert read(derived) == job
    with pytest.raises(ClientClosedError):
        read(derived)
    assert read(leap) == job
    another = leap.with_options(deadline=5)
    leap.close()
    with pytest.raises(ClientClosedError):
        read(another)


@pytest.mark.parametrize(
    "setting", [{"host": "https://leap.test"}, {"pool_size": 3}, {"proxy": "direct"}, {"verify_ssl": True}]
)
def test_what_belongs_to_the_connections_stays(leap: Leap, setting: dict[str, Any]) -> None:
    """A setting that only another pool could have is refused by its name."""
    with pytest.raises(ClientConfigurationError, match=f"{next(iter(setting))}: belongs to the connections"):
        leap.with_options(**setting)


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ({"timeout": 3}, {"connect_timeout": 3.0, "read_timeout": 3.0}),
        ({"timeout": (1, 2)}, {"connect_timeout": 1.0, "read_timeout": 2.0}),
        ({"timeout": 3, "read_timeout": 9}, {"connect_timeout": 3.0, "read_timeout": 9.0}),
        ({"deadline": 4, "max_retries": 5}, {"deadline": 4.0, "max_retries": 5}),
        ({"access_token": "another"}, {"access_token": "another"}),
        ({"deadline": None}, {"deadline": None}),
    ],
    ids=str,
)
def test_other_options(leap: Leap, options: dict[str, Any], changed: dict[str, Any]) -> None:
    """`with_options` changes what it is given, and nothing else; the first client stays as it was."""
    before = {name: getattr(leap.api_client.configuration, name) for name in changed}
    configuration = leap.with_options(**options).api_client.configuration
    assert {name: getattr(configuration, name) for name in changed} == changed
    assert configuration.host == leap.api_client.configuration.host
    assert {name: getattr(leap.api_client.configuration, name) for name in changed} == before


def test_an_option_without_a_usable_value_is_refused(leap: Leap) -> None:
    """As it is when a client is made."""
    with pytest.raises(ClientConfigurationError, match="max_retries: needs a whole number"):
        leap.with_options(max_retries=-1)
    with pytest.raises(ClientConfigurationError, match="retries: is no setting"):
        leap.with_options(retries=1)  # type: ignore[call-arg]  # as a program without a type checker may
