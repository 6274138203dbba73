"""Faults on the wire: each kind goes wrong just as it says, and nothing else does."""

import http.client
import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from leap.emulator import Emulator

API = "/api/**"


@pytest.fixture
def faults(emulator: Emulator, api: Any) -> Iterator[Any]:
    """The faults of the test's own workspace."""
    ours = emulator.faults.for_token(api.token)
    yield ours
    ours.clear()


def _dial(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def _send(client: socket.socket, api: Any, path: str, method: str = "GET", body: bytes = b"") -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    client.sendall(head.encode() + b"\r\n" + body)


def _read_until_reset(client: socket.socket) -> bytes:
    """Give all that comes before the connection is reset; its end in order is a failure."""
    received = b""
    with pytest.raises(ConnectionResetError):  # noqa: PT012 - whichever read it is
        while piece := client.recv(65536):
            received += piece
        pytest.fail("the connection ended in order")
    return received


def _split(answer: bytes) -> tuple[bytes, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.lower(), body


@pytest.mark.parametrize("status", [200, 302, 403, 404, 422, 429, 451, 500, 503, 520, 599])
def test_a_status_takes_the_place_of_the_request(faults: Any, api: Any, jobs_path: str, status: int) -> None:
    """A status is answered in the API's form, and what was asked for is not done."""
    faults.add(method="POST", status=status)
    answer = api.request("POST", jobs_path, {"prompt": "x"})
    assert (answer.status, answer.json["statusCode"]) == (status, status)
    assert answer.json["message"]
    assert "retry-after" not in answer.headers
    assert api.request("GET", jobs_path).json == []


@pytest.mark.parametrize(
    ("wait", "sent"),
    [(0, "0"), (7, "7"), (2.0, "2"), (0.5, "0.5"), ("Wed, 21 Oct 2015 07:28:00 GMT",) * 2],
)
def test_retry_after_is_sent(faults: Any, api: Any, jobs_path: str, wait: Any, sent: str) -> None:
    """Retry-After comes in seconds or just as it was given, beside headers of the rule's own."""
    faults.add(status=429, retry_after=wait, headers={"X-Limit": "9", "content-type": "text/plain"})
    answer = api.request("GET", jobs_path)
    assert (answer.status, answer.headers["retry-after"], answer.headers["x-limit"]) == (429, sent, "9")
    assert answer.headers["content-type"] == "text/plain"


def test_an_answer_can_be_lost_behind_a_gateway(faults: Any, api: Any, jobs_path: str) -> None:
    """A request that is carried out and answered with an error has left its job."""
    faults.add(method="POST", status=504, carried_out=True, delay=0.01)
    assert api.request("POST", jobs_path, {"prompt": "kept"}).json["statusCode"] == 504
    assert [job["prompt"] for job in api.request("GET", jobs_path).json] == ["kept"]


def test_a_good_status_keeps_the_answer(faults: Any, api: Any, jobs_path: str) -> None:
    """A request that is carried out and answered with 201 gets its job in the answer."""
    faults.add(method="POST", status=201, carried_out=True)
    answer = api.request("POST", jobs_path, {"prompt": "kept"})
    assert (answer.status, answer.json["prompt"]) == (201, "kept")


@pytest.mark.parametrize("body", [b"", b"x" * 300_000])
def test_reset_before(faults: Any, api: Any, jobs_path: str, body: bytes) -> None:
    """The connection is reset without a byte, and the request was not carried out."""
    faults.add(method="POST", reset="before")
    with _dial(api.url) as client:
        _send(client, api, jobs_path, "POST", b'{"prompt": "%s"}' % body)
        assert _read_until_reset(client) == b""
    assert api.request("GET", jobs_path).json == []


def test_reset_after(faults: Any, api: Any, jobs_path: str) -> None:
    """The connection is reset without a byte of the answer, and the job is there."""
    rule = faults.add(method="POST", reset="after")
    with _dial(api.url) as client:
        _send(client, api, jobs_path, "POST", b'{"prompt": "kept"}')
        assert _read_until_reset(client) == b""
    assert [job["prompt"] for job in api.request("GET", jobs_path).json] == ["kept"]
    assert rule.hits == 1


@pytest.mark.parametrize("more", [{}, {"bytes_per_second": 5000}, {"status": 500}, {"body": "html"}])
def test_reset_in_the_body(faults: Any, api: Any, jobs_path: str, more: Any) -> None:
    """The headers promise the whole body, half of it comes, then the reset."""
    api.create()
    faults.add(method="GET", reset="body", **more)
    with _dial(api.url) as client:
        _send(client, api, jobs_path)
        head, body = _split(_read_until_reset(client))
    length = int(head.partition(b"content-length: ")[2].split()[0])
    assert len(body) == length // 2 > 0


def test_reset_in_a_picture(emulator: Emulator, api: Any) -> None:
    """A picture can break off too, and the next request for it gets it whole."""
    job = api.finished(width=512, height=512)
    path = job["images"][0]["uri"].removeprefix(api.url)
    rule = emulator.faults.add(path=path, reset="body", times=1)
    with _dial(api.url) as client:
        _send(client, api, path)
        _, half = _split(_read_until_reset(client))
    whole = api.request("GET", path, headers={}).body
    assert 0 < len(half) < len(whole)
    assert whole.startswith(half)
    assert rule.used_up
    emulator.faults.remove(rule.id)


def test_truncated(faults: Any, api: Any, jobs_path: str) -> None:
    """JSON stops in the middle, with the length of what came."""
    api.create()
    whole = api.request("GET", jobs_path).body
    faults.add(path=API, body="truncated")
    answer = api.request("GET", jobs_path)
    assert (answer.status, answer.headers["content-length"]) == (200, str(len(answer.body)))
    assert 0 < len(answer.body) < len(whole)
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


def test_wrong_json(faults: Any, api: Any, jobs_path: str) -> None:
    """Valid JSON comes that is neither a job nor a list of jobs."""
    faults.add(path=API, body="wrong")
    answer = api.request("POST", jobs_path, {"prompt": "x"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert not any(isinstance(item, dict) and "id" in item for item in answer.json)


@pytest.mark.parametrize("status", [None, 502])
def test_html(faults: Any, api: Any, jobs_path: str, status: int | None) -> None:
    """A page comes in place of JSON, with the status of the rule or of the right answer."""
    faults.add(path=API, body="html", status=status)
    answer = api.request("GET", jobs_path)
    assert (answer.status, answer.headers["content-type"]) == (status or 200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_unknown_state(faults: Any, api: Any, jobs_path: str) -> None:
    """Each job has a state that the contract does not know, in a list and alone."""
    first, second = (api.create()["id"] for _ in range(2))
    faults.add(path=API, body="unknown_state")
    jobs = [*api.request("GET", jobs_path).json, api.read(first)]
    assert [job["id"] for job in jobs] == [second, first, first]
    assert {(job["state"], job["status"]) for job in jobs} == {("hibernating", "hibernating")}


def test_unknown_state_of_models_and_music(faults: Any, api: Any) -> None:
    """Models, in their list and alone, and music have a state that nobody knows as well."""
    model, music = api.trained(), api.played()
    path = f"/api/v2/images/models/{model['id']}"
    faults.add(path="/api/**", body="unknown_state")
    listed = api.request("GET", "/api/v2/images/models").json["models"]
    assert listed == [{**model, "status": "hibernating"}] == [api.request("GET", path).json]
    assert api.request("GET", "/api/v1/music").json == [{**music, "state": "hibernating"}]


@pytest.mark.parametrize(
    ("names", "hit"), [((), ["state", "status", "images"]), (("seed", "prompt"), ["seed", "prompt"])]
)
def test_null_and_missing(faults: Any, api: Any, jobs_path: str, names: Any, hit: list[str]) -> None:
    """The fields named are null or missing in each job; by default its state and images."""
    api.create()
    job = api.finished()
    rule = faults.add(path=API, body="null", fields=names)
    assert api.read(job["id"]) == {**job, **dict.fromkeys(hit)}
    faults.remove(rule.id)
    faults.add(path=API, body="missing", fields=names)
    for read in [*api.request("GET", jobs_path).json, api.read(job["id"])]:
        assert set(read) == set(job) - set(hit)


def test_fields_within_fields(faults: Any, api: Any) -> None:
    """A name with a dot leads into each picture of a job."""
    job = api.finished(numberOfImages=2)
    faults.add(path=API, body="missing", fields=["images.uri"])
    assert [set(image) for image in api.read(job["id"])["images"]] == [{"id", "createdAt"}] * 2


def test_a_refusal_without_its_message(faults: Any, api: Any, jobs_path: str) -> None:
    """A refusal can lack what it has to say."""
    faults.add(path=API, status=400, body="missing")
    assert api.request("GET", jobs_path).json == {"statusCode": 400}


def test_a_huge_body_takes_no_memory(faults: Any, api: Any, jobs_path: str) -> None:
    """200 MB come as the right JSON and spaces, without ever being in memory."""
    size = 200_000_000
    right = api.request("GET", jobs_path).body
    faults.add(path=API, body="huge", size=size)
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=20)
    tracemalloc.start()
    try:
        connection.request("GET", jobs_path, headers={"Authorization": f"Bearer {api.token}"})
        response = connection.getresponse()
        assert response.length == size
        assert response.read(len(right)) == right
        received, buffer = len(right), bytearray(1_000_000)
        while count := response.readinto(buffer):
            received += count
            assert not buffer[:count].strip(b" ")
        assert received == size
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
        connection.close()


def test_a_huge_body_is_json(faults: Any, api: Any, jobs_path: str) -> None:
    """A large body still says what the right one does; one that has none becomes an object."""
    job = api.create()
    faults.add(path=API, body="huge", size=100_000)
    answers = [
        api.request("GET", f"{jobs_path}/{job['id']}"),
        api.request("DELETE", f"{jobs_path}/{job['id']}"),
    ]
    assert [len(answer.body) for answer in answers] == [100_000] * 2
    assert answers[0].json["id"] == job["id"]
    assert answers[1].json == {}


def test_a_slow_body_comes_bit_by_bit(faults: Any, api: Any, jobs_path: str) -> None:
    """The headers promise the whole body, of which a little comes while others are served."""
    api.create()
    length = len(api.request("GET", jobs_path).body)
    faults.add(method="GET", bytes_per_second=20)
    with _dial(api.url) as client:
        _send(client, api, jobs_path)
        answer = b""
        while not _split(answer)[1]:
            answer += client.recv(65536)
        assert api.request("POST", jobs_path, {"prompt": "meanwhile"}).status == 200
    head, body = _split(answer)
    assert f"content-length: {length}".encode() in head
    assert len(body) < length // 4


def test_a_slow_body_comes_whole(faults: Any, api: Any, jobs_path: str) -> None:
    """A slow body is the right one, and takes as long as it has to."""
    api.create()
    right = api.request("GET", jobs_path)
    faults.add(method="GET", bytes_per_second=len(right.body) * 2)
    begun = time.monotonic()
    assert api.request("GET", jobs_path).json[0]["id"] == right.json[0]["id"]
    assert time.monotonic() - begun > 0.4


@pytest.mark.parametrize("fault", [{"bytes_per_second": 0.001}, {"body": "huge", "size": 10**12}], ids=str)
def test_a_head_waits_for_no_body(faults: Any, api: Any, jobs_path: str, fault: dict[str, Any]) -> None:
    """The answer to HEAD has the headers of a slow or huge body, and nothing goes on after them."""
    faults.add(method="HEAD", **fault)
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=20)
    for method, length in (("HEAD", fault.get("size", 2)), ("GET", 2)):
        connection.request(method, jobs_path, headers={"Authorization": f"Bearer {api.token}"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(length))
        answer.read()
    connection.close()


def test_a_delay(faults: Any, api: Any, jobs_path: str) -> None:
    """An answer with a delay comes no earlier, and an answer without one is not held up by it."""
    faults.add(method="DELETE", delay=0.5, status=503)
    done: list[str] = []

    def delayed() -> None:
        begun = time.monotonic()
        assert api.request("DELETE", f"{jobs_path}/x").status == 503
        assert time.monotonic() - begun >= 0.5
        done.append("with")

    thread = threading.Thread(target=delayed)
    thread.start()
    assert api.request("GET", jobs_path).status == 200
    done.append("without")
    thread.join()
    assert done == ["without", "with"]
