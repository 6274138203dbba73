"""Ids: each reaches the server as it is, in its place in the path, or is refused before anything is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import strategies as st

from leap import NotFoundError, SchemaValidationError
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from leap import Leap

METHODS = {"create": "POST", "find_all": "GET", "find_one": "GET", "remove": "DELETE"}
# What servers, proxies and clients have taken for something else.
TRAPS = [
    "/", "//", "\\", ".", "..", "...", "%", "%2F", "%2e%2e", "%252F", "%00", "%zz", "?", "#", "&", "=", ";",
    ":", "@", "+", " ", "\t", "\r\n", "\r\nHost: evil.test", " HTTP/1.1", "\0", "\x7f", "\x85", "\u2028",
    "\ufeff", "\u202e", "\u00e9", "e\u0301", "\ufb00", "\uff0e\uff0e\uff0f", "\u2024", "🚀", "*", "[", "]",
    "{modelId}", "%s", "~", "'", '"', "<", "|", "inferences", "models", "api", "v1", "a", "0", "-", "_",
    "\ud800", "\udc80",
]  # fmt: skip
PLAIN = re.compile(r"(/[A-Za-z0-9._~%-]+)+(\?[A-Za-z0-9=&]+)?")


class Id(str):
    """A string of a subclass, which looks like another one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "../another"


@pytest.fixture(scope="session")
def any_id(any_text: SearchStrategy[str]) -> SearchStrategy[Any]:
    """What may be given for an id: text above all, with what means something in URLs, and what is no text."""
    trapped = st.lists(st.sampled_from(TRAPS), min_size=1, max_size=4).map("".join)
    odd = st.sampled_from([None, 7, True, 1.5, b"job", ["job"], ("job",), {"id": "job"}, object()])
    return st.one_of(any_text, trapped, trapped, trapped, trapped.map(Id), st.text(), odd)


def is_id(value: Any) -> bool:
    """Whether a value can be sent as an id: Unicode text that is no step in a path."""
    if not isinstance(value, str) or str.__str__(value) in ("", ".", ".."):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("prefix", ["", "/some/base"], ids=["at the root", "under a path"])
def test_an_id_arrives_as_it_is_or_not_at_all(
    for_all: Callable[..., Any],
    leap_at: Callable[..., Leap],
    loopback: Any,
    answer_of: Any,
    any_id: SearchStrategy[Any],
    prefix: str,
) -> None:
    """A server that splits the path at its slashes and then decodes it finds each id in its segment."""
    leap = leap_at(loopback.url + prefix)

    def check(operation: str, model_id: Any, job_id: Any, structured: bool) -> str:
        loopback.requests.clear()
        loopback.answer(answer_of([] if operation == "find_all" else b"{}"))
        ids = {"modelId": model_id} | ({"inferenceId": job_id} if operation in ("find_one", "remove") else {})
        by_name = {"modelId": "model_id", "inferenceId": "inference_id"}
        arguments: dict[str, Any] = {by_name[name]: value for name, value in ids.items()}
        if structured:
            arguments = {"path_params": ids}
        options: dict[str, Any] = {"prompt": "a fox"} if operation == "create" else {}
        try:
            getattr(leap.generate_images, operation)(**arguments, **options, skip_deserialization=True)
        except SchemaValidationError:
            assert not all(map(is_id, ids.values()))
            assert not loopback.requests
            return "refused"
        assert all(map(is_id, ids.values()))
        (received,) = loopback.requests
        assert received.method == METHODS[operation]
        assert PLAIN.fullmatch(received.target)
        segments = [unquote_to_bytes(segment).decode() for segment in received.target.split("/")[1:]]
        model_segment, *job_segment = map(str.__str__, ids.values())
        route = [*prefix.split("/")[1:], "api", "v1", "images", "models", model_segment, "inferences"]
        assert segments == route + job_segment
        return "arrived"

    steps = [
        (name, *ids) for name in METHODS for ids in (("..", "j", False), ("m", "..", True), (".", ".", False))
    ]
    outcomes = for_all(
        check, st.sampled_from(sorted(METHODS)), any_id, any_id, st.booleans(), share=0.5, examples=steps
    )
    assert outcomes.keys() == {"arrived", "refused"}


def test_the_emulator_takes_an_id_for_what_it_is(
    for_all: Callable[..., Any],
    leap_at: Callable[..., Leap],
    any_id: SearchStrategy[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job belongs to the model that it was made with, whatever its name; no other id finds it."""
    with Emulator(speed=float("inf"), renderer=lambda _request, _index: b"\x89PNG\r\n\x1a\n") as emulator:
        api = leap_at(emulator.url).generate_images
        jobs = emulator.store.jobs
        seen: list[tuple[str, str]] = []
        find = jobs.find

        def finding(token: str, job_id: str, kind: Any, model_id: str) -> Any:
            seen.append((model_id, job_id))
            return find(token, job_id, kind, model_id)

        monkeypatch.setattr(jobs, "find", finding)

        def check(model_id: str, job_id: str) -> str:
            seen.clear()
            known = len(api.find_all(model_id=model_id, page_size=100).body)
            job = api.create(model_id=model_id, prompt="a fox").body
            assert job["modelId"] == model_id
            listed = api.find_all(model_id=model_id, page_size=100).body
            assert listed[0]["id"] == job["id"]
            assert len(listed) == known + 1
            assert api.find_one(model_id=model_id, inference_id=job["id"]).body["modelId"] == model_id
            for call in (api.find_one, api.remove):
                with pytest.raises(NotFoundError):
                    call(model_id=model_id, inference_id=job_id)
                with pytest.raises(NotFoundError):
                    call(model_id=job_id, inference_id=job["id"] + model_id)
            api.remove(model_id=model_id, inference_id=job["id"])
            assert len(api.find_all(model_id=model_id, page_size=100).body) == known
            other = (job_id, job["id"] + model_id)
            assert seen == [(model_id, job["id"]), *[(model_id, job_id), other] * 2, (model_id, job["id"])]
            return "taken for what it is"

        ids = any_id.filter(is_id).map(str.__str__)
        for_all(check, ids, ids, share=0.1)
