"""Forms with files: what is let in, and how the rest is refused."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from urllib3 import encode_multipart_formdata

from leap.emulator import Emulator, limits

NEW = "/api/v2/images/models/new"
URL = ("imageSampleUrls", "https://pictures.test/1.png")


def _file(content: bytes, name: str = "fox.png", media_type: str = "image/png") -> tuple[str, Any]:
    return "imageSampleFiles", (name, content, media_type)


@pytest.mark.parametrize(
    ("parts", "messages"),
    [
        ([], ["either imageSampleUrls or imageSampleFiles is required, and only one of them"]),
        ([URL, "picture"], ["either imageSampleUrls or imageSampleFiles is required, and only one of them"]),
        ([URL, ("colour", "red")], ["property colour should not exist"]),
        ([URL, ("name", "a"), ("name", "b")], ["name must be given only once"]),
        ([URL, ("name", ("a.txt", b"a"))], ["name (a.txt) must be text, not a file"]),
        ([("imageSampleFiles", "fox")], ["imageSampleFiles.0 must be a file"]),
        (
            ["picture", _file(b"GIF89a", "a.gif", "image/gif")],
            ["imageSampleFiles.1 (a.gif) must be of type image/png or image/jpeg or image/webp"],
        ),
        (
            ["picture", _file(b"MZ\x90"), _file(b"", "empty.png")],
            [
                "imageSampleFiles.1 (fox.png) must be a picture: PNG, JPEG or WebP",
                "imageSampleFiles.2 (empty.png) must be a picture: PNG, JPEG or WebP",
            ],
        ),
    ],
)
def test_every_fault_is_named(api: Any, picture: Any, parts: list[Any], messages: list[str]) -> None:
    """A form that breaks the contract is refused with 400 and a sentence for each fault; nothing is made."""
    given = [_file(picture()) if part == "picture" else part for part in parts]
    body, content_type = encode_multipart_formdata(given)
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": content_type}
    answer = api.request("POST", NEW, body, headers)
    assert (answer.status, answer.json) == (
        400,
        {"statusCode": 400, "message": messages, "error": "Bad Request"},
    )
    assert api.request("GET", "/api/v2/images/models").json == {"models": []}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"no form at all", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na',
            400,
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n--x--\r\n", 400),
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"name=fox", 415),
        ("image/png", b"\x89PNG", 415),
    ],
)
def test_what_is_no_form_is_refused(api: Any, content_type: str, body: bytes, status: int) -> None:
    """A body that is cut off, of another type or of none gets an answer in the usual form."""
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": content_type}
    answer = api.request("POST", NEW, body, headers)
    assert (answer.status, answer.json["statusCode"]) == (status, status), answer


def test_there_may_be_so_many_files(api: Any, picture: Any) -> None:
    """A hundred files are taken, one more is refused with 400."""
    most = [_file(picture(size=1))] * limits.MOST_FILES
    assert len(api.train(*most).json["imageSamples"]) == limits.MOST_FILES
    answer = api.train(*most, most[0])
    assert (answer.status, answer.json["message"]) == (
        400,
        f"Too many files. Maximum number of files is {limits.MOST_FILES}.",
    )


def test_a_file_may_be_so_large(api: Any, picture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of just the limit is taken, one byte more is answered 413 with its name."""
    small = picture(size=1)
    monkeypatch.setattr(limits, "LARGEST_FILE", len(small) + 5)
    assert api.train(_file(small + b"\0" * 5)).status == 200
    answer = api.train(_file(small), _file(small + b"\0" * 6, "large.png"))
    assert (answer.status, answer.json["error"]) == (413, "Payload Too Large")
    assert "imageSampleFiles.1 (large.png)" in answer.json["message"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_form_has_a_limit_of_its_own(connect: Any, picture: Any, chunked: bool) -> None:
    """A form beyond `max_upload_bytes` is answered 413, with a length or without; JSON has the other."""
    body, content_type = encode_multipart_formdata([_file(picture() + b"\0" * 4000)])
    headers = {"Authorization": "Bearer x", "Content-Type": content_type}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    for most, status in ((len(body), 200), (len(body) - 1, 413)):
        with Emulator(max_body_bytes=100, max_upload_bytes=most) as emulator:
            sent = iter([body[:300], body[300:]]) if chunked else body
            more = {"encode_chunked": True} if chunked else {}
            answer = connect(emulator).request("POST", NEW, sent, headers, **more)
            assert (answer.status, answer.json.get("statusCode", 200)) == (status, status)


def test_a_form_that_is_cut_off_is_refused(api: Any, picture: Any) -> None:
    """Without its last boundary a form is none, even if whole files came before: nothing is made of them."""
    body, content_type = encode_multipart_formdata([_file(picture())] * 3)
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": content_type}
    for cut in (len(body) - 6, body.rindex(b"--" + content_type.rpartition("=")[2].encode()), 200):
        answer = api.request("POST", NEW, body[:cut], headers)
        assert (answer.status, answer.json["message"]) == (
            400,
            "The form is incomplete: its last boundary is missing.",
        )
    assert api.request("GET", "/api/v2/images/models").json == {"models": []}


def test_the_limit_of_forms_is_for_forms(connect: Any) -> None:
    """A second Content-Type does not let JSON have the size of a form."""
    with Emulator(max_body_bytes=100) as emulator:
        api = connect(emulator)
        body = json.dumps({"prompt": "x" * 200, "mode": "melody", "duration": 1}).encode()
        url = urlsplit(api.url)
        for types in (("application/json", "multipart/form-data; boundary=x"), ("multipart/form-data",) * 2):
            with socket.create_connection((url.hostname, url.port), timeout=15) as client:
                head = "".join(f"Content-Type: {each}\r\n" for each in types)
                client.sendall(
                    f"POST /api/v1/music HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n{head}"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                status = client.recv(100).split()[1]
            assert status == (b"413" if "application/json" in types else b"415")


def test_an_upload_that_breaks_off_makes_nothing(api: Any, picture: Any) -> None:
    """A client that leaves in the middle of a file leaves no model, and the emulator goes on."""
    body, content_type = encode_multipart_formdata([_file(picture(size=400))])
    url = urlsplit(api.url)
    with socket.create_connection((url.hostname, url.port)) as client:
        client.sendall(
            f"POST {NEW} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        client.sendall(body[: len(body) // 2])
    assert api.trained()["status"] == "finished"
    assert len(api.request("GET", "/api/v2/images/models").json["models"]) == 1
