"""Input that nobody would send who means well: never a 5xx, never a dead emulator."""

import contextlib
import json
import logging
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leap.emulator import Emulator

FIELDS = [
    "prompt", "negativePrompt", "steps", "width", "height",
    "numberOfImages", "promptStrength", "seed", "webhookUrl", "id", "",
]  # fmt: skip

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)

BOUNDED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@BOUNDED
@given(body=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6) | VALUES)
def test_any_json_is_answered(api: Any, jobs_path: str, body: Any) -> None:
    """Any JSON is either a job or a 400 whose every message is a sentence."""
    encoded = json.dumps(body).replace("Infinity", "1e999").encode()
    answer = api.request("POST", jobs_path, encoded)
    assert answer.status in {200, 400}
    if answer.status == 400:
        assert all(isinstance(message, str) and message for message in answer.json["message"])
    else:
        assert api.read(answer.json["id"])["prompt"] == body["prompt"]


@BOUNDED
@given(body=st.binary(max_size=60))
def test_any_bytes_are_answered(api: Any, jobs_path: str, body: bytes) -> None:
    """Any bytes that claim to be JSON get an answer below 500."""
    assert api.request("POST", jobs_path, body).status in {200, 400}


@BOUNDED
@given(
    model=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    job=st.binary(min_size=1, max_size=20),
    query=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_any_path_and_query_are_answered(api: Any, model: str, job: bytes, query: str) -> None:
    """Any model, job and query, percent-encoded, get an answer below 500."""
    path = f"/api/v1/images/models/{quote(model, safe='')}/inferences"
    assert api.request("GET", f"{path}?page={quote(query)}&{quote(query, safe='=&')}").status in {200, 400}
    assert api.request("GET", f"{path}/{quote(job, safe='')}").status == 404
    assert api.request("DELETE", f"{path}/{quote(job, safe='')}").status == 404


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "9" * 400, "-" + "9" * 4000, "9" * 5000, "1" + "0" * 309]
)
@pytest.mark.parametrize("field", ["seed", "steps", "width", "numberOfImages", "promptStrength"])
def test_a_number_beyond_all_bounds_is_refused(api: Any, jobs_path: str, field: str, number: str) -> None:
    """A number that no double can hold is answered 400, as not finite."""
    answer = api.request("POST", jobs_path, f'{{"prompt": "x", "{field}": {number}}}'.encode())
    assert (answer.status, answer.json["message"]) == (400, [f"{field} must be a finite number"])


@pytest.mark.parametrize("seed", [10**300, -(2**63), 2**64, 1e-320, -0.0, 1.7976931348623157e308])
def test_an_extreme_seed_is_drawn_with(api: Any, seed: float) -> None:
    """Any seed that a double can hold comes back as it was and gives a picture."""
    job = api.finished(seed=seed)
    assert job["seed"] == seed
    assert len(job["images"]) == 1


@pytest.mark.parametrize(
    "body", [b"[" * 500_000, b'{"a":' * 100_000, b'{"prompt":' + b"[" * 900 + b"]" * 900 + b"}"]
)
def test_deep_nesting_is_refused(api: Any, jobs_path: str, body: bytes) -> None:
    """A body nested without end is answered 400, not with a fault of the parser's."""
    assert api.request("POST", jobs_path, body).status == 400


@pytest.mark.parametrize(
    "prompt", ["\ud800", "\0", "\u202e\u200f", "", "🚀" * 1000, "\n" * 100, "'; DROP TABLE job; --"]
)
def test_any_prompt_is_kept_and_drawn(api: Any, prompt: str) -> None:
    """A prompt comes back as it was sent, also those that no UTF-8 can hold, and gives a picture."""
    assert api.finished(prompt=prompt)["prompt"] == prompt


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_answered_400(emulator: Any, sent: bytes) -> None:
    """Bytes that are not HTTP are answered 400 in the API's form, and the connection ends."""
    with _dial(emulator) as client:
        _send_all(client, sent)
        answer = _read_all(client)
    if answer:  # bytes that may yet become a request are not answered at their end
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["statusCode"] == 400


@pytest.mark.parametrize("authorization", [b"Authorization: Bearer x\r\n", b""])
def test_a_body_that_goes_wrong_half_way_leaves_no_traceback(
    emulator: Any, api: Any, jobs_path: str, authorization: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Broken chunks and clients that hang up, before and after the answer, are no fault of ours."""
    head = (
        b"POST /api/v1/images/models/m/inferences HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    )
    with caplog.at_level(logging.WARNING):
        for body in (
            b"Transfer-Encoding: chunked\r\n\r\n5\r\n{    \r\nnonsense\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n5\r\n{    \r\n",
            b"Content-Length: 100\r\n\r\n{",
        ):
            with _dial(emulator) as client:
                _send_all(client, head + authorization + body)
                _read_all(client)
            assert api.request("GET", jobs_path).status == 200
    assert not caplog.records


def test_a_body_that_goes_wrong_after_the_answer_leaves_no_traceback(
    emulator: Any, api: Any, jobs_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken chunk that follows an answer ends the connection, and nothing else."""
    head = (
        b"POST /api/v1/images/models/m/inferences HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with caplog.at_level(logging.WARNING), _dial(emulator) as client:
        client.sendall(head + b"5\r\n{    \r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 401 ")
        _send_all(client, b"nonsense\r\n")
        _read_all(client)
        assert api.request("GET", jobs_path).status == 200
    assert not caplog.records


def test_an_upgrade_is_passed_over(api: Any, jobs_path: str) -> None:
    """A request to speak WebSocket is answered as the plain request that it also is."""
    headers = {"Authorization": "Bearer x", "Connection": "Upgrade", "Upgrade": "websocket"}
    assert api.request("GET", jobs_path, headers=headers).status == 200


def _dial(emulator: Any) -> socket.socket:
    url = urlsplit(emulator.url)
    return socket.create_connection((url.hostname, url.port), timeout=15)


def _send_all(client: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):  # the server may refuse and hang up before all was sent
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)


def _read_all(client: socket.socket) -> bytes:
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except ConnectionResetError:
        pass  # what the server had not read when it hung up
    return received


def test_half_a_surrogate_pair_in_a_webhook_or_a_reason_ends_the_job(connect: Any, wait_until: Any) -> None:
    """What SQLite cannot take as text neither gives a 500 nor leaves a job in processing for good."""
    with Emulator(speed=float("inf")) as emulator:
        api = connect(emulator)
        failing = api.create(prompt="[fail: \ud800]")["id"]
        told = api.create(webhookUrl="http://127.0.0.1:9/\ud800")["id"]
        wait_until(lambda: api.read(failing)["state"] == "failed" and api.read(told)["state"] == "finished")
