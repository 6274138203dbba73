"""Fault rules over HTTP, and whom they hit on a running emulator."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from leap.emulator import Emulator

RULES = "/emulator/faults"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def _no_rules(emulator: Emulator) -> Iterator[None]:
    yield
    emulator.faults.clear()


def test_a_rule_over_http(emulator: Emulator, api: Any, jobs_path: str) -> None:
    """A rule can be set, seen with its hits and removed without being in the same process."""
    fault = {"method": "GET", "path": "/api/**", "status": 503, "retry_after": 2, "times": 1}
    made = api.request("POST", RULES, fault, JSON)
    assert made.status == 201
    expected = {"id": made.json["id"], "hits": 0, "used_up": False, "has_token": False, "fault": fault}
    assert made.json == expected
    assert [api.request("GET", jobs_path).status for _ in range(2)] == [503, 200]
    assert api.request("GET", RULES, headers={}).json == [{**expected, "hits": 1, "used_up": True}]
    assert [rule.hits for rule in emulator.faults] == [1]
    assert api.request("DELETE", f"{RULES}/{made.json['id']}", headers={}).status == 204
    answer = api.request("DELETE", f"{RULES}/{made.json['id']}", headers={})
    assert (answer.status, answer.json["message"]) == (404, "Fault rule not found")


def test_all_rules_can_be_removed(api: Any) -> None:
    """DELETE of the list empties it."""
    for _ in range(3):
        api.request("POST", RULES, {"delay": 1}, JSON)
    assert api.request("DELETE", RULES, headers={}).status == 204
    assert api.request("GET", RULES, headers={}).json == []


def test_a_token_does_not_come_back(api: Any, connect: Callable[..., Any], emulator: Emulator) -> None:
    """A rule for one token hits its holder only, and says no more of it than that there is one."""
    made = api.request("POST", RULES, {"status": 503, "token": api.token}, JSON)
    listed = api.request("GET", RULES, headers={})
    assert api.token.encode() not in made.body + listed.body
    assert listed.json[0]["has_token"] is True
    path = "/api/v1/images/models/m/inferences"
    assert [each.request("GET", path).status for each in (api, connect(emulator))] == [503, 200]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "there must be something to do"),
        (b'{"status": 700, "delai": 1, "times": 0}', "property delai should not exist"),
        (b'{"status": 700, "delai": 1, "times": 0}', "status must be"),
        (b'{"status": 700, "delai": 1, "times": 0}', "times must be"),
        (b'{"status": 503, "token_sha256": "0"}', "property token_sha256 should not exist"),
        (b'{"status": 503, "delai": 1}', "property delai should not exist"),
        (b"[]", "the body must be a JSON object"),
        (b"{", "the body is not valid JSON"),
        (b'{"delay": NaN}', "the body is not valid JSON"),
        (b'{"delay": 1e400}', "delay must be"),
        (b"\xff", "the body is not valid JSON"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b'{"path": "/\\ud800", "delay": 1}', "path must be"),
    ],
)
def test_a_bad_rule_is_refused(api: Any, emulator: Emulator, body: bytes, message: str) -> None:
    """What is wrong with a rule is said in the API's form, all of it, and no rule is made."""
    answer = api.request("POST", RULES, body, JSON)
    assert (answer.status, answer.json["error"]) == (400, "Bad Request")
    assert any(message in each for each in answer.json["message"])
    assert len(emulator.faults) == 0


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_only_json_makes_a_rule(api: Any, emulator: Emulator, media_type: str | None) -> None:
    """A form of a web page cannot make a rule: what it can send is answered 415."""
    headers = {"Content-Type": media_type} if media_type else {}
    assert api.request("POST", RULES, b'{"delay": 1}', headers).status == 415
    assert len(emulator.faults) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "{url}"}, 201),
        ({"Origin": "{url}", "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[x"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "{url}"}, 403),
    ],
)
def test_pages_of_other_origins_are_refused(
    api: Any, emulator: Emulator, headers: dict[str, str], status: int
) -> None:
    """A page of another site, or of another port, can neither make a rule nor remove one."""
    sent = {name: value.format(url=api.url) for name, value in headers.items()}
    answer = api.request("POST", RULES, b'{"delay": 0.01}', {**JSON, **sent})
    assert answer.status == status
    if status == 403:
        assert answer.json["error"] == "Forbidden"
        kept = emulator.faults.add(delay=0.01)
        for path in (RULES, f"{RULES}/{kept.id}"):
            assert api.request("DELETE", path, headers=sent).status == 403
        assert list(emulator.faults) == [kept]


def test_a_rule_that_is_too_large_is_refused(api: Any) -> None:
    """The body of a rule is held to the limit of every other."""
    assert api.request("POST", RULES, b" " * (2**20 + 1), JSON).status == 413


def test_the_control_stays_out_of_reach(api: Any, emulator: Emulator) -> None:
    """A rule for everything does not lock out whoever wants to remove it."""
    rule = emulator.faults.add(reset="before")
    assert api.request("GET", RULES, headers={}).json[0]["id"] == rule.id
    assert api.request("GET", "/", headers={}).status in {200, 404}
    assert api.request("DELETE", RULES, headers={}).status == 204
    assert rule.hits == 0


def test_other_methods_are_refused(api: Any) -> None:
    """A method that the control does not have is answered 405 with those it has."""
    answer = api.request("PUT", RULES, {}, JSON)
    assert answer.status == 405
    assert {"GET", "POST", "DELETE"} <= set(answer.headers["allow"].split(", "))
    assert api.request("GET", f"{RULES}/x", headers={}).headers["allow"] == "DELETE"


def test_pictures_belong_to_the_token_that_made_them(emulator: Emulator, api: Any, connect: Any) -> None:
    """A rule for one token hits its pictures, which are fetched without a token, and nobody else's."""
    other = connect(emulator)
    mine, theirs = (each.finished()["images"][0]["uri"] for each in (api, other))
    rule = emulator.faults.for_token(api.token).add(path="/images/*", status=503)
    assert [api.request("GET", uri, headers={}).status for uri in (mine, theirs)] == [503, 200]
    assert api.request("GET", "/images/unknown.png", headers={}).status == 404
    assert rule.hits == 1


def test_a_picture_can_be_broken(emulator: Emulator, api: Any) -> None:
    """Faults of the body work on pictures as far as that makes sense: JSON fields leave them as they are."""
    uri = api.finished()["images"][0]["uri"]
    png = api.request("GET", uri, headers={}).body
    for body, expected in (
        ("truncated", png[: len(png) // 2]),
        ("missing", png),
        ("huge", png.ljust(100_000)),
    ):
        emulator.faults.add(path="/images/*", body=body, size=100_000 if body == "huge" else None)
        answer = api.request("GET", uri, headers={})
        assert (answer.body, answer.headers["content-type"]) == (expected, "image/png")
        emulator.faults.clear()


def test_parallel_requests_are_counted_exactly(emulator: Emulator, api: Any, jobs_path: str) -> None:
    """Of many requests at once a rule hits as many as it may, no more and no fewer."""
    rule = emulator.faults.add(status=503, skip=5, times=20)
    statuses: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=20)
        for _ in range(10):
            connection.request("GET", jobs_path, headers={"Authorization": f"Bearer {api.token}"})
            answer = connection.getresponse()
            json.loads(answer.read())
            statuses.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(503), statuses.count(200), rule.hits) == (20, 60, 20)


def test_rules_outlive_a_restart(connect: Any, jobs_path: str) -> None:
    """Rules can be set before the start, and hold over a stop and another start."""
    emulator = Emulator()
    rule = emulator.faults.add(status=503)
    for hits in (1, 2):
        with emulator:
            assert connect(emulator).request("GET", jobs_path).status == 503
        assert rule.hits == hits
