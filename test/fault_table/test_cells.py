"""The cells of the fault table: what the caller gets, how often the server is asked, what it costs.

`expected.txt` says it for every fault and every method, for a fault that hits every attempt and for one that
hits the first alone. Every cell is tried here over real sockets.
"""

from __future__ import annotations

import gzip
import os
import secrets
import socket
import time
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from leap import Leap, OpenApiException, ResponseValidationWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Connection

    from leap import ApiException
    from test.fault_table.conftest import Carried, Cell, Result, Script, Stage

LONGEST = 5.0
"""Seconds that no call takes, however busy the machine is, unless it waits for something."""

SLACK = 1.5
"""Seconds after its deadline by which a call has ended, however busy the machine is."""

WAITING = ("no answer", "slow drip", "stall in", "the last chunk")
"""What the faults begin with that only time ends."""

UNBOUNDED = ("chunks without end", "gzip bomb")
"""The faults that would take long to meet the limit there is by default."""

GIGABYTE = 2**30
MEGABYTE = 2**20

RULES: dict[str, dict[str, Any]] = {
    "no answer, not carried out": {"delay": 60},
    "no answer, carried out": {"delay": 60, "carried_out": True},
    "reset, not carried out": {"reset": "before"},
    "reset, carried out": {"reset": "after"},
    "408": {"status": 408},
    "429": {"status": 429},
    "429, Retry-After: 1": {"status": 429, "retry_after": 1},
    "500": {"status": 500},
    "500, carried out": {"status": 500, "carried_out": True},
    "502": {"status": 502},
    "503": {"status": 503},
    "503, Retry-After: 1": {"status": 503, "retry_after": 1},
    "503, Retry-After: 3600": {"status": 503, "retry_after": 3600},
    "504": {"status": 504},
    "504, carried out": {"status": 504, "carried_out": True},
    "302 to the same host": {"status": 302, "headers": {"Location": "/api/v1/elsewhere"}},
    "307 to the same host": {"status": 307, "headers": {"Location": "/api/v1/elsewhere"}},
    "302 to another host": {"status": 302},
    "308 to another host": {"status": 308},
    "HTML": {"body": "html"},
    "half of the JSON": {"body": "truncated"},
    "other JSON": {"body": "wrong"},
    "wrong content type": {"headers": {"Content-Type": "text/html; charset=utf-8"}},
}
"""The faults that are rules of the emulator."""


def close_unanswered(connection: Connection, _answer: Carried) -> None:
    """The connection ends in order where an answer should begin."""
    connection.close()


def stall_in_the_headers(connection: Connection, answer: Carried) -> None:
    """Half of the headers come, and then nothing."""
    connection.send(answer.head(answer.length)[:40])
    connection.wait()


def stall_in_the_body(connection: Connection, answer: Carried) -> None:
    """Half of the body comes, and then nothing."""
    connection.send(answer.head(answer.length), answer.body[:20])
    connection.wait()


def drip(connection: Connection, answer: Carried) -> None:
    """A byte of the body now and then, for as long as the client listens."""
    connection.send(answer.head(answer.length))
    for byte in answer.body:
        connection.send(bytes([byte]))
        if connection.server.released.wait(0.05):
            return


def reset_in_the_body(connection: Connection, answer: Carried) -> None:
    """The connection breaks in the middle of the body."""
    connection.send(answer.head(answer.length), answer.body[:20])
    connection.reset()


def truncate(connection: Connection, answer: Carried) -> None:
    """The connection ends in order in the middle of the body."""
    connection.send(answer.head(answer.length), answer.body[:20])
    connection.close()


def never_end(connection: Connection, answer: Carried) -> None:
    """The body is whole, but for the chunk that says so."""
    connection.send(
        answer.head(b"Transfer-Encoding: chunked"), b"%x\r\n%b\r\n" % (len(answer.body), answer.body)
    )
    connection.wait()


def send_chunks(connection: Connection, answer: Carried) -> None:
    """One chunk after the other, until the client has enough."""
    connection.send(answer.head(b"Transfer-Encoding: chunked"))
    while True:
        connection.send(b"10000\r\n", bytes(0x10000), b"\r\n")


def send_a_gigabyte(connection: Connection, answer: Carried) -> None:
    """A gigabyte, announced, until the client has enough."""
    connection.send(answer.head(b"Content-Length: %d" % GIGABYTE))
    for _ in range(GIGABYTE // 0x10000):
        connection.send(bytes(0x10000))


@cache
def bomb() -> bytes:
    """A gigabyte in a megabyte of gzip."""
    megabyte = gzip.compress(bytes(MEGABYTE))
    return megabyte * (GIGABYTE // MEGABYTE)


def send_a_bomb(connection: Connection, answer: Carried) -> None:
    """A gigabyte, in a megabyte of gzip."""
    length = b"Content-Length: %d" % len(bomb())
    connection.send(answer.head(b"Content-Encoding: gzip", length), bomb())


def send_many_headers(connection: Connection, answer: Carried) -> None:
    """10,000 headers before the right body."""
    connection.send(answer.head(*(b"X-Header-%d: 1" % n for n in range(10_000)), answer.length), answer.body)


def close_after_the_answer(connection: Connection, answer: Carried) -> None:
    """The connection ends after the answer, which did not announce it."""
    connection.send(answer.head(answer.length), answer.body)
    connection.close()


SCRIPTS: dict[str, Script] = {
    "closed unanswered, carried out": close_unanswered,
    "stall in the headers": stall_in_the_headers,
    "stall in the body": stall_in_the_body,
    "slow drip": drip,
    "reset in the body": reset_in_the_body,
    "truncated": truncate,
    "the last chunk never comes": never_end,
    "chunks without end": send_chunks,
    "1 GB": send_a_gigabyte,
    "gzip bomb": send_a_bomb,
    "10,000 headers": send_many_headers,
    "keep-alive closed": close_after_the_answer,
}
"""The faults of a front."""


def own_sockets() -> set[tuple[int, int]]:
    """The internet sockets of this process that are no server's."""
    listening, others = set(), {}
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - the names are numbers, not files
        try:
            sock = socket.socket(fileno=int(name))
        except OSError:  # no socket, or closed by now
            continue
        try:
            if sock.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            port = sock.getsockname()[1]
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                listening.add(port)
            others[int(name), os.fstat(int(name)).st_ino] = port
        except OSError:
            continue
        finally:
            sock.detach()
    return {key for key, port in others.items() if port not in listening}


def call(leap: Leap, method: str, job: str, **options: Any) -> Any:
    """Call a method; the arguments are those of a job that is there."""
    api = leap.generate_images
    if method == "create":
        return api.create(prompt="a red fox", model_id="m", **options)
    if method == "find_all":
        return api.find_all(model_id="m", **options)
    return getattr(api, method)(model_id="m", inference_id=job, **options)


def described(error: ApiException) -> str:
    """What a caller gets, as the table writes it."""
    status = "" if error.status is None else f" {error.status}"
    return f"{type(error).__name__}{status}{' ?' if error.may_have_been_accepted else ''}"


def result_of(stage: Stage, cell: Cell, patience: float) -> Result:
    """Play a cell, and see to it that nothing is lost, leaked or left hanging."""
    token = secrets.token_hex(8)
    job = ""
    if cell.method != "create":
        with Leap(host=stage.emulator.url, access_token=token) as setting_up:
            job = call(setting_up, "create", "").body.id
    fault = cell.fault
    scene = stage.set(fault, token, once=cell.once, rule=RULES.get(fault), script=SCRIPTS.get(fault))
    settings = {"pool_size": 1, **({"max_response_bytes": 4 * MEGABYTE} if fault in UNBOUNDED else {})}
    options = {}
    if fault.startswith(WAITING):
        # A drip never leaves a read waiting for long.
        options = {"timeout" if cell.once and fault != "slow drip" else "deadline": patience}
    before = own_sockets()
    with (
        Leap(host=scene.host, access_token=token, **settings, **scene.settings) as leap,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always", ResponseValidationWarning)
        leap.api_client.sleep = scene.pause
        if scene.before:
            call(leap, "find_all", job)
            scene.before()
        before_it = scene.asked()
        answer = error = None
        began = time.perf_counter()
        try:
            answer = call(leap, cell.method, job, **options)
        except OpenApiException as raised:  # anything else is a failure of the test
            error = raised
        seconds = time.perf_counter() - began
        asked = scene.asked() - before_it
        if cell.once:  # the one connection that there is has not been lost to the fault
            assert call(leap, "find_all", job).status == 200
    # The error is still there, and with it everything that it holds on to.
    gone_by = time.monotonic() + 1
    while (leaked := own_sockets() - before) and time.monotonic() < gone_by:
        time.sleep(0.01)  # a front's connection to the emulator
    scene.after()
    jobs = scene.jobs()

    assert not leaked
    assert seconds < options.get("deadline", LONGEST) + SLACK
    if cell.method == "create":
        assert jobs <= 1
        assert jobs == 0 or error is None or error.may_have_been_accepted, "nobody was told of the job"
        assert jobs == 1 or error is not None, "there is no job"
    if error is None:
        note = " with a warning" if caught else ""
        return cell.result(f"{answer.status}{note}", answer.attempts, asked, jobs)
    return cell.result(described(error), error.attempts, asked, jobs)


def test_cell(cell: Cell, stage_for: Callable[[str], Stage]) -> None:
    """The caller gets what the table says, and so do the server and the purse."""
    result = result_of(stage_for(cell.fault), cell, 0.2)
    if result != cell.expected:
        # On a machine that is busy, the time can be over before the fault has happened.
        result = result_of(stage_for(cell.fault), cell, 3)
    assert str(result) == str(cell.expected)
