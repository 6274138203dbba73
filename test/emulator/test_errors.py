"""What a refused request reads."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": None}, "prompt must be a string"),
        ({"prompt": 7}, "prompt must be a string"),
        ({"steps": "50"}, "steps must be a number"),
        ({"steps": True}, "steps must be a number"),
        ({"width": 100}, "width must be a multiple of 8"),
        ({"width": 0}, "width must not be less than 8"),
        ({"height": -8}, "height must not be less than 8"),
        ({"height": 4104}, "height must not be greater than 4096"),
        ({"width": 1e308}, "width must not be greater than 4096"),
        ({"numberOfImages": 0}, "numberOfImages must not be less than 1"),
        ({"numberOfImages": 5}, "numberOfImages must not be greater than 4"),
        ({"numberOfImages": 1.5}, "numberOfImages must be an integer number"),
        ({"promptStrength": -0.1}, "promptStrength must not be less than 0"),
        ({"promptStrength": 31}, "promptStrength must not be greater than 30"),
        ({"webhookUrl": {}}, "webhookUrl must be a string"),
        ({"colour": 1}, "property colour should not exist"),
    ],
)
def test_a_bad_field_is_named(api: Any, jobs_path: str, change: dict[str, Any], message: str) -> None:
    """One bad field is answered 400 in the form of NestJS, with the field and the limit."""
    answer = api.request("POST", jobs_path, {"prompt": "an owl", **change})
    assert answer.status == 400
    assert answer.json == {"statusCode": 400, "message": [message], "error": "Bad Request"}
    assert api.request("GET", jobs_path).json == []


def test_every_fault_is_named_at_once(api: Any, jobs_path: str) -> None:
    """A body with six faults gives six sentences, those of the contract and the emulator's own."""
    body = {"steps": [], "width": 4097, "height": 0, "numberOfImages": 9, "seed": "x", "size": 1}
    assert sorted(api.request("POST", jobs_path, body).json["message"]) == [
        "height must not be less than 8",
        "numberOfImages must not be greater than 4",
        "prompt is required",
        "property size should not exist",
        "seed must be a number",
        "steps must be a number",
        "width must be a multiple of 8",
        "width must not be greater than 4096",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"prompt": "x"} more',
        b'{"prompt": "x", "seed": NaN}',
        b'{"prompt": "x", "seed": -Infinity}',
        b'{"prompt": "\xff"}',
        b'\xef\xbb\xbf{"prompt": "x"}',
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused(api: Any, jobs_path: str, body: bytes) -> None:
    """A body that is not JSON in UTF-8 is answered 400."""
    answer = api.request("POST", jobs_path, body)
    assert answer.status == 400
    assert answer.json["error"] == "Bad Request"
    assert "not valid JSON" in answer.json["message"][0]


@pytest.mark.parametrize("body", [[], "prompt", 1, True, [{"prompt": "x"}]])
def test_a_body_that_is_no_object_is_refused(api: Any, jobs_path: str, body: Any) -> None:
    """JSON that is not an object is answered 400."""
    answer = api.request("POST", jobs_path, body)
    assert (answer.status, answer.json["message"]) == (400, ["the body must be a JSON object"])


def test_null_is_no_object(api: Any, jobs_path: str) -> None:
    """The JSON null is answered 400."""
    assert api.request("POST", jobs_path, b"null").json["message"] == ["the body must be a JSON object"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_job_is_not_found(api: Any, jobs_path: str, method: str) -> None:
    """A job that is not there is answered 404."""
    answer = api.request(method, f"{jobs_path}/nothing")
    assert answer.status == 404
    assert answer.json == {"statusCode": 404, "message": "Inference not found", "error": "Not Found"}


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api",
        "/api/v1/images/models//inferences",
        "/api/v1/images/models/m/inferences/",
        "/api/v1/images/models/m%2Finferences",
        "/api/v1/images/models/m/x/inferences",
        "/api/v1/music/",
        "/images/nothing.png",
        "/%00%ff",
    ],
)
def test_an_unknown_route_is_not_found(api: Any, path: str) -> None:
    """A path that the emulator does not play is answered 404 in the same form, without a redirect."""
    answer = api.request("GET", path)
    assert (answer.status, answer.json["statusCode"], answer.json["error"]) == (404, 404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/images/models/m/inferences", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/images/models/m/inferences", "GET, HEAD, POST"),
        ("POST", "/api/v1/images/models/m/inferences/j", "DELETE, GET, HEAD"),
        ("OPTIONS", "/api/v1/images/models/m/inferences", "GET, HEAD, POST"),
        ("NONSENSE", "/api/v1/images/models/m/inferences/j", "DELETE, GET, HEAD"),
        ("POST", "/images/nothing.png", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(api: Any, method: str, path: str, allowed: str) -> None:
    """A method that a path does not take is answered 405 with Allow."""
    answer = api.request(method, path)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert answer.json["error"] == "Method Not Allowed"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        ";",
    ],
)
def test_another_media_type_is_refused(api: Any, jobs_path: str, content_type: str | None) -> None:
    """A body that does not say it is JSON in UTF-8 is answered 415."""
    headers = {"Authorization": f"Bearer {api.token}"}
    if content_type:
        headers["Content-Type"] = content_type
    answer = api.request("POST", jobs_path, {"prompt": "x"}, headers)
    assert (answer.status, answer.json["error"]) == (415, "Unsupported Media Type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"']
)
def test_json_may_name_its_charset(api: Any, jobs_path: str, content_type: str) -> None:
    """The media type is read in any case, with UTF-8 named or not."""
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": content_type}
    assert api.request("POST", jobs_path, {"prompt": "x", "width": 8, "height": 8}, headers).status == 200
