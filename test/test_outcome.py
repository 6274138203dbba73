"""What an answer of the server means: a response, a warning, or an exception that says what was known."""

from __future__ import annotations

import gzip
import json
import math
import warnings
from inspect import currentframe
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3 import HTTPHeaderDict, HTTPResponse

from leap import (
    ApiException,
    ApiResponse,
    ApiResponseWithoutDeserialization,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ResponseDecodingError,
    ResponseValidationError,
    ResponseValidationWarning,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
    UnprocessableEntityError,
    unset,
)
from leap.apis.tags.generate_images_api import CREATE, FIND_ALL, FIND_ONE, REMOVE
from leap.models import InferenceEntity
from leap.outcome import decode_json, interpret

if TYPE_CHECKING:
    from leap.operation import Operation

SECRET = "hunter2"  # noqa: S105 - a secret that nothing accepts
ARGUMENTS: dict[str, dict[str, Any]] = {
    "create": {"prompt": "a fox", "model_id": "m"},
    "find_all": {"model_id": "m"},
    "find_one": {"model_id": "m", "inference_id": "j"},
    "remove": {"model_id": "m", "inference_id": "j"},
}


def outcome(
    body: object = b"",
    status: int = 200,
    *,
    operation: Operation[Any] = CREATE,
    reason: str | None = "Reason",
    headers: dict[str, str] | None = None,
    strict: bool = False,
    **options: Any,
) -> ApiResponse[Any]:
    """What a call returns for an answer of these bytes, or of this value as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = HTTPResponse(
        BytesIO(data),
        HTTPHeaderDict(headers or {}),
        status,
        reason=reason,
        preload_content=not options.get("stream"),
    )
    client_headers = {"Authorization": f"Bearer {SECRET}"}
    request = operation.request({**ARGUMENTS[operation.name], **options}, client_headers)
    return interpret(operation, request, answer, 0.25, strict=strict)


def error_of(*arguments: Any, **more: Any) -> ApiException:
    """What a call raises for an answer."""
    with pytest.raises(ApiException) as caught:
        outcome(*arguments, **more)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 299])
@pytest.mark.parametrize("operation", [CREATE, FIND_ONE])
def test_any_2xx_with_json_is_the_dto(job: dict[str, Any], status: int, operation: Operation[Any]) -> None:
    """Any successful status gives the DTO, with the answer's headers, status, time and raw response."""
    response = outcome(job, status, operation=operation, headers={"X-Request-Id": "r1"})
    assert type(response) is ApiResponse
    assert type(response.body) is InferenceEntity
    assert response.body == job
    assert response.headers["x-request-id"] == "r1"
    assert (response.status, response.round_trip_time) == (status, 0.25)
    assert isinstance(response.response, HTTPResponse)
    assert json.loads(response.response.data) == job


def test_a_list_of_jobs_is_a_tuple_of_dtos(job: dict[str, Any]) -> None:
    """`find_all` gives a tuple, empty or not."""
    assert outcome([], operation=FIND_ALL).body == ()
    body = outcome([job, job], operation=FIND_ALL).body
    assert isinstance(body, tuple)
    assert [type(each) for each in body] == [InferenceEntity, InferenceEntity]


@pytest.mark.parametrize("body", [b"", b"gone", b"{}", b"\xff"])
def test_remove_gives_no_body(body: bytes) -> None:
    """`remove` has no body by contract, whatever the server sends along."""
    assert outcome(body, operation=REMOVE).body is unset


@pytest.mark.parametrize("body", [b"not JSON", b"", b"{}"])
def test_skipping_deserialization_looks_at_nothing(body: bytes) -> None:
    """`skip_deserialization` gives the raw response, with `body` and `headers` unset, even when strict."""
    response = outcome(body, headers={"X-A": "b"}, skip_deserialization=True, strict=True)
    assert type(response) is ApiResponseWithoutDeserialization
    assert response.body is unset
    assert response.headers is unset
    assert (response.response.data, response.response.headers["x-a"]) == (body, "b")


def test_a_streamed_body_is_left_unread() -> None:
    """`stream` leaves the body to be read in chunks."""
    response = outcome(b"a" * 100, stream=True)
    assert response.body is unset
    assert b"".join(response.response.stream(30)) == b"a" * 100


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"state": "exploded"}, "state: got 'exploded' (str), needs one of 'queued', 'processing', "),
        ({"prompt": None}, "prompt: got None (NoneType), needs a string"),
        ({"seed": "1"}, "seed: got '1' (str), needs a number"),
        ({"images": [{"id": 5}]}, "images[0].id: got 5 (int), needs a string"),
        ({"createdAt": "yesterday"}, "createdAt: got 'yesterday' (str), needs an RFC 3339 date-time"),
    ],
)
def test_what_breaks_the_contract_is_returned_with_a_warning(
    job: dict[str, Any], change: dict[str, Any], fault: str
) -> None:
    """A job that was paid for is not lost: it is returned as it came, and the warning says what and where."""
    with pytest.warns(ResponseValidationWarning) as caught:
        response = outcome({**job, **change})
    assert response.body == {**job, **change}
    (warning,) = caught
    message = str(warning.message)
    assert message.startswith("the answer breaks the contract: ")
    assert fault in message
    assert message.endswith("[POST /api/v1/images/models/m/inferences]; it is returned as it came")


def test_a_missing_field_is_warned_of(job: dict[str, Any]) -> None:
    """Every field that did not come is named in one warning."""
    del job["createdAt"], job["modelId"]
    with pytest.warns(
        ResponseValidationWarning, match=r"2 faults:\n  createdAt: is missing\n  modelId: is mi"
    ):
        assert outcome(job).body.id == job["id"]


def test_what_the_contract_does_not_know_is_no_reason_to_warn(job: dict[str, Any]) -> None:
    """New keys, and a model id in either version, are read in silence (warnings are errors here)."""
    assert outcome({**job, "cost": {"credits": [1]}}).body["cost"]["credits"] == (1,)
    assert outcome({**job, "modelId": ["a", "b"]}).body.model_id == ("a", "b")
    assert outcome(job, strict=True).body == job


def test_the_warning_points_at_the_callers_line(job: dict[str, Any]) -> None:
    """The warning's file and line are those of the call, two frames above `interpret`."""

    def api_client_call() -> ApiResponse[Any]:
        request = CREATE.request(ARGUMENTS["create"], {})
        answer = HTTPResponse(BytesIO(json.dumps({**job, "state": "exploded"}).encode()), status=200)
        return interpret(CREATE, request, answer, 0.25, strict=False)

    def method_of_a_tag() -> ApiResponse[Any]:
        return api_client_call()

    frame = currentframe()
    assert frame is not None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = frame.f_lineno + 1
        method_of_a_tag()
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]


def test_strict_raises_with_the_whole_response(job: dict[str, Any]) -> None:
    """Under `strict` the exception says the same and carries the response that would have been returned."""
    wrong = {**job, "state": "exploded", "seed": None}
    error = error_of(wrong, 201, headers={"X-A": "b"}, strict=True)
    assert type(error) is ResponseValidationError
    assert error.faults == (
        "seed: got None (NoneType), needs a number",
        "state: got 'exploded' (str), needs one of 'queued', 'processing', 'finished', 'failed'",
    )
    assert "seed: got None" in str(error)
    assert type(error.api_response) is ApiResponse
    assert error.api_response.body is error.body
    assert type(error.body) is InferenceEntity
    assert error.body == wrong
    assert (error.status, error.reason, error.round_trip_time) == (201, "Reason", 0.25)
    assert error.headers is not None
    assert error.headers["x-a"] == "b"


def test_a_warning_made_an_error_carries_the_response(job: dict[str, Any]) -> None:
    """Where a program turns warnings into errors, the job is in the exception, which is an ApiException."""
    with pytest.raises(ApiException) as caught:
        outcome({**job, "state": "exploded"})  # warnings are errors in these tests
    assert type(caught.value) is ResponseValidationError
    assert caught.value.api_response.body["id"] == job["id"]
    assert type(caught.value.__cause__) is ResponseValidationWarning


def test_many_faults_are_shortened_in_the_message_only(job: dict[str, Any]) -> None:
    """A thousand faults make a readable message, and `faults` has them all."""
    error = error_of([{**job, "seed": None}] * 1000, operation=FIND_ALL, strict=True)
    assert isinstance(error, ResponseValidationError)
    assert len(error.faults) == 1000
    assert error.faults[999].startswith("[999].seed: ")
    assert "… and 980 more" in str(error)
    assert str(error).count("\n") == 21


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        ('{"a": "é"}'.encode("utf-16"), None, {"a": "é"}),
        ('{"a": "é"}'.encode("utf-16-le"), None, {"a": "é"}),
        ('{"a": "é"}'.encode("utf-32"), None, {"a": "é"}),
        ('{"a": "é"}'.encode("utf-8-sig"), None, {"a": "é"}),
        ('{"a": "é"}'.encode("latin-1"), "application/json; charset=latin-1", {"a": "é"}),
        ('{"a": "é"}'.encode("latin-1"), 'application/json;CHARSET="ISO-8859-1"', {"a": "é"}),
        ('{"a": "ж"}'.encode("cp1251"), "application/json; charset = windows-1251", {"a": "ж"}),
        ('{"a": "é"}'.encode(), "application/json; charset=latin-1", {"a": "é"}),
        (b'{"a": "\\ud800"}', None, {"a": "\ud800"}),
        (b'{"a": 18446744073709551616}', None, {"a": 2**64}),
        (b'{"a": 1e400}', None, {"a": math.inf}),
        (b'{"a": -Infinity}', None, {"a": -math.inf}),
        (b'{"a": 1, "a": 2}', None, {"a": 2}),
        (b" [1 , 2]\r\n", None, [1, 2]),
        (b'"\\u00e9\\n"', None, "é\n"),
        (str(10**400).encode(), None, 10**400),
    ],
    ids=range(16),
)  # fmt: skip
def test_json_is_read_in_spite_of_its_encoding(body: bytes, content_type: str | None, value: object) -> None:
    """Other encodings, byte order marks and what only lenient readers take are no reason to lose a job."""
    assert decode_json(body, content_type) == value


def test_nan_is_read() -> None:
    """NaN is no JSON, yet some servers send it."""
    assert math.isnan(decode_json(b'{"a": NaN}', None)["a"])


@settings(deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None))),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
        max_leaves=10,
    )
)
def test_whatever_json_dumps_writes_is_read(value: object) -> None:
    """Anything that Python can write as JSON is read back as it was."""
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert json.dumps(decode_json(text.encode(errors="surrogatepass"), None)) == json.dumps(value)


def test_a_job_in_another_encoding_is_a_job(job: dict[str, Any]) -> None:
    """The whole way: a body in a declared charset, in UTF-16, or with NaN and half a character in it."""
    text = json.dumps({**job, "prompt": "un été"}, ensure_ascii=False)
    declared = {"Content-Type": "application/json; charset=latin-1"}
    assert outcome(text.encode("latin-1"), headers=declared).body.prompt == "un été"
    assert outcome(text.encode("utf-16")).body.prompt == "un été"
    with pytest.warns(
        ResponseValidationWarning, match=r"createdAt: got '\\ud800' \(str\), needs an RFC 3339"
    ):
        broken = outcome({**job, "createdAt": "\ud800", "seed": math.nan}).body
    assert broken["created_at"] == "\ud800"
    assert math.isnan(broken.seed)


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"", None, "200 Reason, but the body is empty, not JSON [POST /api/v1/images/models/m/inferences]"),
        (b"<html>\n<h1>It works!</h1>", "text/html", "<html> <h1>It works!</h1>"),
        (b'{"id": "a047', "application/json", '{"id": "a047'),
        (b"\xff\xfe\xfd", None, "not JSON"),
        (b'{"a": "\xe9"}', "application/json; charset=klingon", "the charset klingon is not known"),
        (b'{"a": "\xe9"}', "application/json; charset=hex", "the charset hex is not known"),
        (b"{} {}", None, "{} {}"),
    ],
)
@pytest.mark.parametrize("operation", [CREATE, FIND_ALL])
def test_a_2xx_that_is_not_json_is_a_decoding_error(
    body: bytes, content_type: str | None, message: str, operation: Operation[Any]
) -> None:
    """A page of HTML, half a body or an unknown charset ends in the documented exception, with the body."""
    error = error_of(
        body, operation=operation, headers={"Content-Type": content_type} if content_type else {}
    )
    assert type(error) is ResponseDecodingError
    assert message.replace("POST", operation.method) in str(error)
    assert error.body == (body if b"\xe9" in body or b"\xff" in body else body.decode())
    assert (error.status, error.reason, error.round_trip_time) == (200, "Reason", 0.25)


@pytest.mark.parametrize("depth", [500, 990, 1000, 5000, 100_000])
@pytest.mark.parametrize("text", ['{{"a": {}}}', "{}"])
def test_deep_nesting_is_a_decoding_error(text: str, depth: int) -> None:
    """Lists in lists by the thousand end in the documented exception, not in a RecursionError."""
    nested = "[" * depth + "]" * depth
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResponseValidationWarning)
            outcome(text.format(nested).encode(), 200)
    except ResponseDecodingError as error:
        assert "nested" in str(error) or "recursion" in str(error)  # noqa: PT017 - either end is right
    if depth == 100_000:
        assert type(error_of(text.format(nested).encode())) is ResponseDecodingError


@pytest.mark.parametrize("form", ["{}", '{{"message": {}}}', '{{"message": [{}, 5]}}'])
@pytest.mark.parametrize("status", [200, 400])
def test_no_depth_of_nesting_escapes_the_error_tree(form: str, status: int) -> None:
    """At every depth around the limits the outcome is a response or an ApiException."""
    for depth in range(1, 1100, 7):
        body = form.format("[" * depth + "]" * depth).encode()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResponseValidationWarning)
                outcome(body, status)
        except ApiException:
            continue
        assert status == 200


CLASSES = [
    (300, ApiException), (304, ApiException), (400, BadRequestError), (401, UnauthorizedError),
    (402, ApiException), (403, ForbiddenError), (404, NotFoundError), (405, ApiException),
    (409, ConflictError), (418, ApiException), (422, UnprocessableEntityError),
    (429, TooManyRequestsError), (499, ApiException), (500, ServerError), (503, ServerError),
    (599, ServerError), (600, ApiException), (199, ApiException),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), CLASSES)
@pytest.mark.parametrize("options", [{}, {"skip_deserialization": True}])
def test_each_status_has_its_class(status: int, kind: type[ApiException], options: dict[str, Any]) -> None:
    """One class for each status that a caller would act on, also when deserialization is skipped."""
    error = error_of({"message": "no"}, status, headers={"Retry-After": "5"}, **options)
    assert type(error) is kind
    assert (error.status, error.reason, error.body, error.round_trip_time) == (
        status, "Reason", {"message": "no"}, 0.25,
    )  # fmt: skip
    assert error.headers is not None
    assert error.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"statusCode": 400, "message": "steps too high", "error": "Bad Request"}, ": steps too high"),
        ({"message": ["steps too high", "width odd"]}, ": steps too high; width odd"),
        ({"message": [{"field": "steps"}, 5]}, ": {'field': 'steps'}; 5"),
        ({"message": None, "error": "Bad Request"}, ": Bad Request"),
        ({"message": "", "error": "Bad Request"}, ": Bad Request"),
        ({"error": {"code": 7}}, ": {'code': 7}"),
        ({"detail": "?"}, ""),
        (["one", "two"], ": one; two"),
        ("a plain string", ": a plain string"),
        (b"no\n  JSON\there", ": no JSON here"),
        (b"\xff\x00", ": b'\\xff\\x00'"),
        (b"", ""),
        (None, ""),
        ({"message": "a\x1b[31m\u202e\ud800b"}, ": a\\x1b[31m\\u202e\\ud800b"),
        (b"<html>" + b"x" * 500, f": <html>{'x' * 194}…"),
    ],
)  # fmt: skip
def test_the_message_says_what_the_server_says(body: object, said: str) -> None:
    """The message of a NestJS error, or what else came, is on the exception's one short line."""
    error = error_of(body, 400)
    assert str(error) == f"400 Reason{said} [POST /api/v1/images/models/m/inferences]"


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b'{"message": "no"}', {"message": "no"}),
        (b"null", None),
        (b"<html>", "<html>"),
        (b"\xff", b"\xff"),
        (b"", ""),
        ('{"message": "é"}'.encode("utf-16"), {"message": "é"}),
    ],
)
def test_the_body_of_an_error_is_json_or_text_or_bytes(data: bytes, body: object) -> None:
    """`error.body` is the most that can be made of what came."""
    assert error_of(data, 500).body == body


def test_an_error_without_a_reason_has_a_message() -> None:
    """A server need not send a reason phrase."""
    assert str(error_of(b"", 502, reason=None)) == "502 [POST /api/v1/images/models/m/inferences]"


def test_a_401_says_what_to_check() -> None:
    """The message of a 401 names the setting and the environment variable."""
    message = str(error_of({"message": "Unauthorized"}, 401))
    assert "check the access token (access_token or LEAP_API_KEY)" in message
    assert "check the access token" not in str(error_of({"message": "Forbidden"}, 403))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_names_its_location(status: int) -> None:
    """A redirect is not followed; the message says where it points."""
    message = str(error_of(b"", status, headers={"Location": "https://elsewhere.test/api"}))
    assert "the server points to https://elsewhere.test/api; redirects are not followed" in message
    assert "points to nowhere" in str(error_of(b"", status))


def test_messages_hold_no_secrets() -> None:
    """Neither the token nor the query, which is the caller's, is in a message."""
    for status in (200, 302, 400, 401, 500):
        error = error_of(b"<html>", status, extra_query={"key": "s3cr3t"})
        assert SECRET not in f"{error} {error!r} {vars(error)}"
        assert "s3cr3t" not in str(error)


def test_a_compressed_error_is_read() -> None:
    """An error body that comes compressed is JSON like another."""
    data = gzip.compress(b'{"message": "too much"}')
    assert error_of(data, 429, headers={"Content-Encoding": "gzip"}).body == {"message": "too much"}


def test_a_response_shows_itself_on_a_line(job: dict[str, Any]) -> None:
    """The repr of a response says status, time and body."""
    assert repr(outcome(b"", operation=REMOVE)) == "<ApiResponse 200 in 0.250 s: unset>"
    assert repr(outcome(job)).startswith("<ApiResponse 200 in 0.250 s: {'id': ")
