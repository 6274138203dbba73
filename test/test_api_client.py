"""ApiClient over real sockets: what goes over the wire, and what comes back from it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from leap import (
    ApiException,
    ApiResponse,
    ApiResponseWithoutDeserialization,
    ClientClosedError,
    Leap,
    NotFoundError,
    OpenApiException,
    ResponseValidationError,
    ResponseValidationWarning,
    SchemaValidationError,
    ServerError,
    unset,
)
from leap.model.create_inference_dto import CreateInferenceDto
from leap.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from ssl import SSLContext

    from conftest import Connection, Loopback

    Answers = Callable[..., bytes]
    Job = dict[str, Any]
    Call = Callable[[Leap], ApiResponse[Any]]

MODEL = "/api/v1/images/models/m%2F1/inferences"

FORMS: dict[str, tuple[Call, str, str, bytes]] = {
    "create, flat": (
        lambda leap: leap.generate_images.create(prompt="a fox", model_id="m/1", number_of_images=2, seed=7),
        "POST",
        MODEL,
        b'{"prompt":"a fox","numberOfImages":2,"seed":7}',
    ),
    "create, structured": (
        lambda leap: leap.generate_images.create(
            body={"prompt": "a fox", "numberOfImages": 2, "seed": 7}, path_params={"modelId": "m/1"}
        ),
        "POST",
        MODEL,
        b'{"prompt":"a fox","numberOfImages":2,"seed":7}',
    ),
    "create, structured with a DTO": (
        lambda leap: leap.generate_images.create(
            body=CreateInferenceDto(prompt="ein Füchslein", negative_prompt="“snow”"),
            path_params={"modelId": "m/1"},
        ),
        "POST",
        MODEL,
        '{"prompt":"ein Füchslein","negativePrompt":"“snow”"}'.encode(),
    ),
    "find_all, flat": (
        lambda leap: leap.generate_images.find_all(model_id="m/1", only_finished=True, page=2, page_size=50),
        "GET",
        f"{MODEL}?onlyFinished=true&page=2&pageSize=50",
        b"",
    ),
    "find_all, structured": (
        lambda leap: leap.generate_images.find_all(
            query_params={"onlyFinished": True, "page": 2, "pageSize": 50}, path_params={"modelId": "m/1"}
        ),
        "GET",
        f"{MODEL}?onlyFinished=true&page=2&pageSize=50",
        b"",
    ),
    "find_one, flat": (
        lambda leap: leap.generate_images.find_one(model_id="m/1", inference_id="i?1"),
        "GET",
        f"{MODEL}/i%3F1",
        b"",
    ),
    "find_one, structured": (
        lambda leap: leap.generate_images.find_one(path_params={"modelId": "m/1", "inferenceId": "i?1"}),
        "GET",
        f"{MODEL}/i%3F1",
        b"",
    ),
    "remove, flat": (
        lambda leap: leap.generate_images.remove(model_id="m/1", inference_id="i?1"),
        "DELETE",
        f"{MODEL}/i%3F1",
        b"",
    ),
    "remove, structured": (
        lambda leap: leap.generate_images.remove(path_params={"modelId": "m/1", "inferenceId": "i?1"}),
        "DELETE",
        f"{MODEL}/i%3F1",
        b"",
    ),
}


def create(leap: Leap, **options: Any) -> ApiResponse[Any]:
    """A create whose arguments do not matter."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def find_one(leap: Leap, **options: Any) -> ApiResponse[Any]:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def remove(leap: Leap, **options: Any) -> ApiResponse[Any]:
    """A remove whose arguments do not matter."""
    return leap.generate_images.remove(model_id="m", inference_id="i", **options)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_each_method_sends_this_request(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, form: str
) -> None:
    """Method, target, every header and every byte of the body are what the contract says, and no more."""
    call, method, target, body = FORMS[form]
    loopback.answer(answer_of([job] if "find_all" in form else job))

    call(leap)

    (request,) = loopback.requests
    headers = {
        "Host": f"127.0.0.1:{loopback.port}",
        "Accept-Encoding": "identity",
        "Authorization": "Bearer leap-token-5f0e1c",
        "User-Agent": f"leap-sdk/{__version__} (Python {sys.version.split()[0]}; {sys.platform})",
        "Accept": "application/json",
    }
    if method == "POST":
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    assert (request.method, request.target, request.body) == (method, target, body)
    assert dict(request.headers.items()) == headers
    assert len(request.headers) == len(headers)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_each_method_returns_the_answer(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, form: str
) -> None:
    """Both forms give the same: the body as the operation's DTO, the status and the headers."""
    sent = [job, job] if "find_all" in form else job
    loopback.answer(answer_of(sent, X_Request_Id="r-1"))

    response = FORMS[form][0](leap)

    assert type(response) is ApiResponse
    assert response.status == 200
    assert response.headers["x-request-id"] == "r-1"
    if "remove" in form:
        assert response.body is unset
    elif "find_all" in form:
        assert response.body == (job, job)
        assert [each["created_at"] for each in response.body] == [job["createdAt"]] * 2
    else:
        assert response.body == job
        assert response.body["created_at"] == job["createdAt"]
        assert response.body.created_at.year == 2023


def test_wrong_arguments_never_reach_the_network(leap: Leap, loopback: Loopback) -> None:
    """Arguments are checked before anything leaves: not even a connection is opened."""
    with pytest.raises(SchemaValidationError) as caught:
        leap.generate_images.create(prompt=7, model_id="..", steps="fifty", timeout=-1)  # type: ignore[call-overload]
    assert len(caught.value.faults) == 4
    assert loopback.connections == []


def test_accept_content_types_and_content_type(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """`accept_content_types` becomes the Accept header, the best first; `content_type` the Content-Type."""
    loopback.answer(answer_of(job))
    create(
        leap,
        accept_content_types=("application/json", "application/problem+json"),
        content_type="application/vnd.leap+json",
    )
    (request,) = loopback.requests
    assert request.headers["Accept"] == "application/json, application/problem+json"
    assert request.headers["Content-Type"] == "application/vnd.leap+json"


def test_extra_headers(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """`extra_headers` go along as they are; the client's own of the same name gives way in any case."""
    loopback.answer(answer_of(job))
    create(leap, extra_headers={"X-Trace": "t-1", "user-agent": "mine", "AUTHORIZATION": "Bearer other"})
    (request,) = loopback.requests
    assert request.headers["X-Trace"] == "t-1"
    assert request.headers.get_all("User-Agent") == ["mine"]
    assert request.headers.get_all("Authorization") == ["Bearer other"]


def test_extra_query(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """`extra_query` is added to the query, percent-encoded."""
    loopback.answer(answer_of([job]))
    leap.generate_images.find_all(model_id="m", page=1, extra_query={"a&b": "c d", "on": True, "n": [1, 2]})
    (request,) = loopback.requests
    assert request.target == "/api/v1/images/models/m/inferences?page=1&a%26b=c%20d&on=true&n=1&n=2"


def test_extra_body(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """`extra_body` adds fields that the contract does not know to the JSON body, unchecked."""
    loopback.answer(answer_of(job))
    create(leap, extra_body={"scheduler": {"name": "ddim"}})
    (request,) = loopback.requests
    assert request.json == {"prompt": "a fox", "scheduler": {"name": "ddim"}}
    assert request.headers["Content-Length"] == str(len(request.body))


@pytest.mark.parametrize("slash", ["", "/"])
def test_host_with_a_path(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job, slash: str
) -> None:
    """A path in `host` comes before the path of the operation."""
    loopback.answer(answer_of(job))
    find_one(leap_at(f"{loopback.url}/gateway/leap{slash}"))
    (request,) = loopback.requests
    assert request.target == "/gateway/leap/api/v1/images/models/m/inferences/i"


def test_connections_are_reused(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """Calls that follow one another, failed ones too, go over one connection."""
    loopback.answer(
        answer_of(job), answer_of({}, "404 Not Found"), answer_of(), answer_of("x"), answer_of(job)
    )
    find_one(leap)
    with pytest.raises(NotFoundError):
        find_one(leap)
    remove(leap)
    with pytest.raises(ApiException):
        create(leap)
    create(leap)
    assert [request.connection for request in loopback.requests] == [1] * 5


@pytest.mark.parametrize("padding", [0, 100_000])
def test_an_answer_nobody_asked_for_is_nobodys(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, padding: int
) -> None:
    """What a server sends beyond its answer is never taken for the answer to the next call."""
    sent = threading.Event()

    def answer_twice(connection: Connection) -> None:
        anothers = answer_of({**job, "id": "another's"}, X_Padding="x" * (padding % 60_000))
        connection.send(answer_of(job), anothers * (1 + padding // 60_000))
        sent.set()

    loopback.answer(answer_twice, answer_of({**job, "id": "mine"}))
    find_one(leap)
    assert sent.wait(10)
    assert find_one(leap).body.id == "mine"


def test_one_leap_is_shared_by_many_threads(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """16 threads each get their own answers 50 times, over no more than pool_size connections."""

    def echo(connection: Connection) -> None:
        mine = [request for request in loopback.requests if request.connection == connection.number]
        connection.send(answer_of({**job, "id": mine[-1].target.rpartition("/")[2]}))

    def work(thread: int) -> list[bool]:
        names = [f"{thread}-{turn}" for turn in range(50)]
        return [
            leap.generate_images.find_one(model_id="m", inference_id=name).body.id == name for name in names
        ]

    loopback.answer(echo)
    leap = leap_at(loopback.url, pool_size=4)
    with ThreadPoolExecutor(16) as executor:
        outcomes = [right for thread in executor.map(work, range(16)) for right in thread]
    assert outcomes == [True] * 800
    assert len(loopback.requests) == 800
    assert len(loopback.connections) <= 4


def test_close_closes_idle_connections(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """After `close()` the server sees the connection end, and a call is a ClientClosedError."""
    loopback.answer(answer_of(job))
    find_one(leap)
    leap.close()
    assert loopback.connections[0].ended_by_client.wait(10)
    leap.close()
    with pytest.raises(ClientClosedError, match="closed") as caught:
        find_one(leap)
    assert isinstance(caught.value, OpenApiException)
    assert len(loopback.requests) == 1


def test_with_closes(loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """Leaving a `with` block closes the client."""
    loopback.answer(answer_of(job))
    with Leap(host=loopback.url, access_token="t") as leap:  # noqa: S106 - a token that nothing accepts
        find_one(leap)
    assert loopback.connections[0].ended_by_client.wait(10)
    with pytest.raises(ClientClosedError):
        find_one(leap)


def test_a_client_that_was_never_used_closes(leap_at: Callable[..., Leap]) -> None:
    """`close()` before the first call is fine, and final."""
    leap = leap_at("http://127.0.0.1:9")
    leap.close()
    with pytest.raises(ClientClosedError):
        find_one(leap)


def test_close_lets_a_call_finish(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """A call under way when the client is closed gets its answer; its connection is closed after it."""

    def late(connection: Connection) -> None:
        connection.wait()
        connection.send(answer_of(job))

    loopback.answer(late)
    with ThreadPoolExecutor(1) as executor:
        response = executor.submit(find_one, leap)
        loopback.wait_for(lambda: len(loopback.requests) == 1)
        leap.close()
        loopback.released.set()
        assert response.result(10).body == job
    assert loopback.connections[0].ended_by_client.wait(10)


def test_close_turns_away_a_call_that_waits_for_a_connection(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A call without a connection yet when the client is closed sends nothing: a ClientClosedError."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    with create(leap, stream=True), ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(find_one, leap, timeout=0.3)
        leap.close()
        with pytest.raises(ClientClosedError):
            waiting.result(10)
    assert len(loopback.requests) == 1


def test_construction_touches_no_network_and_loads_no_certificates() -> None:
    """Constructing opens no socket and makes no SSL context; the first https call makes one, the only one."""
    program = """
import gc, ssl, sys
from leap import ApiConnectionError, Leap

events = []
sys.addaudithook(lambda event, _: events.append(event) if event.startswith("socket.") else None)

def contexts():
    return [each for each in gc.get_objects() if type(each) is ssl.SSLContext]

leap = Leap(host=sys.argv[1], access_token="t", max_retries=0)
assert events == [], events
assert contexts() == []
assert "certifi" not in sys.modules
for _ in range(2):
    try:
        leap.generate_images.find_one(model_id="m", inference_id="i")
    except ApiConnectionError:
        pass
assert events.count("socket.connect") == 2, events
assert len(contexts()) == 1
assert "certifi" in sys.modules
"""
    with socket.socket() as bound:  # bound and not listening: it refuses connections
        bound.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{bound.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, url], capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_https_with_a_certificate_authority_of_ones_own(
    leap_at: Callable[..., Leap],
    new_loopback: Callable[..., Loopback],
    answer_of: Answers,
    job: Job,
    tls_for: Callable[[str], SSLContext],
    ca_file: Path,
) -> None:
    """`ssl_ca_cert` names the authority to trust; connections are kept over TLS too."""
    server = new_loopback(tls_for("localhost"), host="localhost")
    server.answer(answer_of(job))
    leap = leap_at(server.url, ssl_ca_cert=str(ca_file))
    assert find_one(leap).body == job
    assert create(leap).body == job
    assert [request.connection for request in server.requests] == [1, 1]


def test_round_trip_time_lasts_to_the_last_byte(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """`round_trip_time` is the seconds from sending to the last byte, not to the first."""
    answer = answer_of(job)
    headers_sent = threading.Event()

    def hold_the_last_byte(connection: Connection) -> None:
        connection.send(answer[:-1])
        headers_sent.set()
        connection.wait()
        connection.send(answer[-1:])

    loopback.answer(hold_the_last_byte, answer)
    before = perf_counter()
    with ThreadPoolExecutor(1) as executor:
        held = executor.submit(find_one, leap)
        assert headers_sent.wait(10)
        started = perf_counter()
        others = [find_one(leap).round_trip_time for _ in range(20)]
        least = perf_counter() - started
        loopback.released.set()
        round_trip_time = held.result(10).round_trip_time
    assert sum(others) <= least <= round_trip_time <= perf_counter() - before


def test_stream_leaves_the_body_to_be_read_in_chunks(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """With `stream=True` the call returns before the body is there; `response.response` reads it."""
    answer = answer_of(job, X_Request_Id="r-1")
    head = answer.index(b"\r\n\r\n") + 4

    def body_when_asked_for(connection: Connection) -> None:
        connection.send(answer[:head])
        connection.wait()
        connection.send(answer[head:])

    loopback.answer(body_when_asked_for, answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)

    response = create(leap, stream=True)
    assert response.body is unset
    assert (response.status, response.headers["X-REQUEST-ID"]) == (200, "r-1")
    assert response.round_trip_time > 0
    loopback.released.set()
    chunks = list(response.response.stream(10))
    assert {len(chunk) for chunk in chunks[:-1]} == {10}
    assert json.loads(b"".join(chunks)) == job

    # The connection, the only one that there may be, is back.
    assert create(leap).body == job
    assert [request.connection for request in loopback.requests] == [1, 1]


def test_stream_of_a_chunked_body(leap: Leap, loopback: Loopback, job: Job) -> None:
    """A streamed body may be chunked on the wire; its connection is used again after it."""
    body = json.dumps(job).encode()
    pieces = [body[:7], body[7:100], body[100:]]
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    loopback.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked)
    response = find_one(leap, stream=True)
    assert b"".join(response.response.stream(1000)) == body
    assert find_one(leap, stream=True).response.read() == body
    assert [request.connection for request in loopback.requests] == [1, 1]


def test_a_stream_given_up_gives_its_connection_back(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Leaving the `with` block of a streamed answer closes its connection and frees its place in the pool."""
    loopback.answer(answer_of(job, length=1_000_000), answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    with find_one(leap, stream=True) as response:
        assert response.response.read(4)
    assert loopback.connections[0].ended_by_client.wait(10)
    assert find_one(leap, timeout=0.5).body == job


def test_a_stream_with_an_error_status_raises(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """With `stream=True` too an error status raises, with the body read and the connection given back."""
    loopback.answer(answer_of({"message": "no such job"}, "404 Not Found"), answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    with pytest.raises(NotFoundError, match="no such job") as caught:
        find_one(leap, stream=True)
    assert caught.value.body == {"message": "no such job"}
    assert find_one(leap).body == job
    assert [request.connection for request in loopback.requests] == [1, 1]


def test_skip_deserialization(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """`skip_deserialization` gives the answer unread into a DTO: body and headers unset, data at hand."""
    loopback.answer(answer_of(job, X_Request_Id="r-1"), answer_of("no JSON at all"))
    response = find_one(leap, skip_deserialization=True)
    assert type(response) is ApiResponseWithoutDeserialization
    assert response.body is unset
    assert response.headers is unset
    assert response.status == 200
    assert json.loads(response.response.data) == job
    assert response.response.headers["x-request-id"] == "r-1"
    assert response.round_trip_time > 0
    assert find_one(leap, skip_deserialization=True).response.data == b"no JSON at all"


def test_skip_deserialization_of_an_error_status_raises(
    leap: Leap, loopback: Loopback, answer_of: Answers
) -> None:
    """An error is an error with `skip_deserialization` too."""
    loopback.answer(answer_of({"message": "gone"}, "404 Not Found"))
    with pytest.raises(NotFoundError, match="gone"):
        find_one(leap, skip_deserialization=True)


@pytest.mark.parametrize("options", [{}, {"stream": True}, {"skip_deserialization": True}])
@pytest.mark.parametrize(
    ("status", "body"), [("200 OK", b""), ("204 No Content", b""), ("200 OK", b"deleted")]
)
def test_remove_has_no_body(
    leap: Leap, loopback: Loopback, answer_of: Answers, status: str, body: bytes, options: dict[str, Any]
) -> None:
    """`remove` gives `body` unset, whatever the successful status and whatever comes with it."""
    loopback.answer(answer_of(body, status))
    response = remove(leap, **options)
    assert response.body is unset
    assert response.status == int(status[:3])
    # Read in any case: there is nothing in a streamed one that a caller would think of closing.
    assert response.response.read() == b""
    assert response.response.data == body
    remove(leap)
    assert [request.connection for request in loopback.requests] == [1, 1]


def test_created_is_a_success_like_another(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A 201, which the service has also sent, gives the DTO."""
    loopback.answer(answer_of(job, "201 Created"))
    response = create(leap)
    assert (response.status, response.body.state) == (201, "queued")


def test_response_headers_are_read_without_regard_to_case(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """`headers` finds a field under any case, joins repeated ones, and says False to what is not there."""
    loopback.answer(answer_of(job, x_LIMIT="7", X_limit="8"))
    headers = find_one(leap).headers
    assert headers["X-Limit"] == headers["x-limit"] == "7, 8"
    assert headers["content-TYPE"] == "application/json"
    assert "X-Other" not in headers


def test_unknown_keys_stay(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """Keys that the contract does not know stay in the body and are readable."""
    loopback.answer(answer_of({**job, "queuePosition": 3}))
    body = find_one(leap).body
    assert body["queuePosition"] == 3
    assert body == {**job, "queuePosition": 3}


def test_an_answer_that_breaks_the_contract_is_returned_with_a_warning(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """By default a broken answer is returned whole; a warning at the call says what is broken where."""
    del job["prompt"]
    loopback.answer(answer_of({**job, "state": "paused", "seed": None}))
    with pytest.warns(ResponseValidationWarning) as caught:
        response = create(leap)
    assert response.body == {**job, "state": "paused", "seed": None}
    (warning,) = caught
    assert all(
        path in str(warning.message) for path in ("state:", "seed:", "prompt: is missing", "POST /api")
    )
    assert warning.filename == __file__


def test_strict_validation_raises_with_the_whole_answer(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """With `response_validation="strict"` a broken answer raises, and the exception carries all of it."""
    broken = {**job, "state": "paused"}
    loopback.answer(answer_of(broken, "201 Created", X_Request_Id="r-1"))
    with pytest.raises(ResponseValidationError, match="state: ") as caught:
        create(leap_at(loopback.url, response_validation="strict"))
    error = caught.value
    assert (error.status, error.reason, error.body) == (201, "Created", broken)
    assert error.headers is not None
    assert error.headers["x-request-id"] == "r-1"
    assert error.api_response.body == broken
    assert error.api_response.round_trip_time == error.round_trip_time
    assert len(error.faults) == 1


def test_strict_validation_lets_a_right_answer_through(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """With `response_validation="strict"` a right answer, unknown keys and all, is returned."""
    loopback.answer(answer_of({**job, "queuePosition": 3}))
    assert create(leap_at(loopback.url, response_validation="strict")).body.state == "queued"


def test_large_bodies_go_both_ways(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """A body of megabytes arrives whole, sent or received."""
    prompt = "fox " * 500_000
    loopback.answer(answer_of({**job, "prompt": prompt}))
    assert leap.generate_images.create(prompt=prompt, model_id="m").body.prompt == prompt
    assert loopback.requests[0].json["prompt"] == prompt


@pytest.mark.parametrize("body", [b'{"message": "Service Unavailable"}', b"Service Unavailable"])
def test_what_the_reason_says_is_not_said_again(
    loopback: Loopback, leap_at: Callable[..., Leap], answer_of: Callable[..., bytes], body: bytes
) -> None:
    """A body that only repeats the reason phrase adds nothing to the message; it is there all the same."""
    loopback.answer(answer_of(body, "503 Service Unavailable"))
    with pytest.raises(ServerError, match=r"^503 Service Unavailable \[GET /") as caught:
        leap_at(loopback.url, max_retries=0).generate_images.find_all(model_id="m")
    assert caught.value.body in ("Service Unavailable", {"message": "Service Unavailable"})
