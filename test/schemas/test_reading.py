"""Reading is tolerant: whatever came is given back, and everything that is wrong with it is said."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leap.models import (
    CreateInferenceDto,
    InferenceEntity,
    InferenceImageEntity,
    InferencesControllerFindAllResponse,
    ListModelsV2Response,
    ModelV2Entity,
)
from leap.schemas import Model
from leap.schemas.annotations import rule_of
from leap.schemas.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = {"id": "f7", "createdAt": "2023-05-09T13:18:50Z", "uri": "https://cdn.test/f7.png"}
READERS = {
    "job": Reader(rule_of(InferenceEntity)),
    "jobs": Reader(rule_of(InferencesControllerFindAllResponse)),
    "closed": Reader(rule_of(CreateInferenceDto)),
    "anything": Reader(rule_of(Any)),
}
WIRE_NAMES = sorted({*InferenceEntity.rule.fields, *InferenceImageEntity.rule.fields})
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters(codec=None), max_size=5),
        st.sampled_from(["queued", "x1", "2023-05-09T13:18:50Z", "\ud800"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(WIRE_NAMES), st.text(max_size=3)), inner, max_size=6),
    ),
    max_leaves=30,
)


def frozen_parts(value: Any) -> Iterator[Any]:
    """A value and everything in it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ():
        yield from frozen_parts(inner)


def assert_is_frozen(value: Any) -> None:
    """There are only Models, tuples and JSON's scalars in it."""
    for part in frozen_parts(value):
        assert isinstance(part, (Model, tuple, str, int, float, type(None)))
        assert not isinstance(part, list)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(deadline=None)
@given(value=JSON_VALUES)
def test_no_json_value_is_ever_lost(reader: Reader, value: Any) -> None:
    """Whatever JSON a server sends, `json.dumps` of what is read gives it back, and all of it is frozen."""
    sent = json.dumps(value)
    read, _ = reader.read(value)
    assert json.dumps(read) == sent
    assert_is_frozen(read)


@settings(deadline=None)
@given(
    value=st.lists(
        st.fixed_dictionaries(
            {
                "state": st.sampled_from(["queued", "exploded"]),
                "images": st.sampled_from([[], [PICTURE], None]),
            },
            optional={"new": JSON_VALUES},
        ),
        max_size=5,
    )
)
def test_no_job_of_a_list_is_ever_lost(value: Any) -> None:
    """A list of good and bad jobs is read job for job, each as its DTO."""
    sent = json.dumps(value)
    read, _ = READERS["jobs"].read(json.loads(sent))
    assert json.dumps(read) == sent
    assert all(type(entity) is InferenceEntity for entity in read)
    assert_is_frozen(read)


def test_a_right_job_is_read_without_a_fault(job: dict[str, Any]) -> None:
    """A job of the contract is its DTO, with its pictures as theirs."""
    job["images"] = [dict(PICTURE), dict(PICTURE)]
    read, faults = READERS["job"].read(job)
    assert faults == []
    assert type(read) is InferenceEntity
    assert [type(image) for image in read.images] == [InferenceImageEntity, InferenceImageEntity]


def test_new_keys_are_no_fault(job: dict[str, Any]) -> None:
    """A key that the contract does not know is kept, frozen, and nothing to complain of."""
    job["images"] = [{**PICTURE, "size": {"bytes": [5]}}]
    job["cost"] = {"credits": [1, {"unit": "usd"}]}
    read, faults = READERS["job"].read(job)
    assert faults == []
    assert read["cost"]["credits"] == (1, {"unit": "usd"})
    assert read.images[0]["size"]["bytes"] == (5,)
    assert_is_frozen(read)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (
            {"state": "exploded"},
            ["state: got 'exploded' (str), needs one of 'queued', 'processing', 'finished', 'failed'"],
        ),
        (
            {"status": None},
            ["status: got None (NoneType), needs one of 'queued', 'processing', 'finished', 'failed'"],
        ),
        ({"seed": "4523184"}, ["seed: got '4523184' (str), needs a number"]),
        ({"seed": True}, ["seed: got True (bool), needs a number"]),
        ({"seed": math.nan}, ["seed: got NaN, needs a number"]),
        ({"seed": 10**400}, ["seed: got a number beyond what JSON can hold (an IEEE 754 double)"]),
        ({"prompt": None}, ["prompt: got None (NoneType), needs a string"]),
        ({"createdAt": "\ud800"}, ["createdAt: got '\\ud800' (str), needs an RFC 3339 date-time"]),
        ({"images": {}}, ["images: got {} (dict), needs an array"]),
        ({"images": [None, {}]}, [
            "images[0]: got None (NoneType), needs an object",
            "images[1].id: is missing",
            "images[1].createdAt: is missing",
            "images[1].uri: is missing",
        ]),
        ({"modelId": ["a", 5]}, ["modelId[1]: got 5 (int), needs a string"]),
        ({"modelId": "a"}, []),
        ({"modelId": ["a", "b"]}, []),
        ({"seed": 2**64}, []),
        ({"seed": 1.5}, []),
    ],
)  # fmt: skip
def test_what_breaks_the_contract_is_named_and_kept(
    job: dict[str, Any], change: dict[str, Any], faults: list[str]
) -> None:
    """Unknown states, nulls and other types are read as they came, with the path of each."""
    sent = json.dumps({**job, **change})
    read, found = READERS["job"].read({**job, **change})
    assert [str(fault) for fault in found] == faults
    assert type(read) is InferenceEntity
    assert json.dumps(read) == sent


def test_a_missing_field_is_named(job: dict[str, Any]) -> None:
    """The warning's text names every field that did not come, and what came can be read."""
    del job["createdAt"], job["images"]
    read, faults = READERS["job"].read(job)
    assert [str(fault) for fault in faults] == ["createdAt: is missing", "images: is missing"]
    assert read.state == "queued"


def test_model_id_is_a_string_or_a_tuple(job: dict[str, Any]) -> None:
    """Both versions of the contract are read: one id, and a list of ids."""
    assert READERS["job"].read({**job, "modelId": "a"})[0].model_id == "a"
    assert READERS["job"].read({**job, "modelId": ["a", "b"]})[0].model_id == ("a", "b")


@pytest.mark.parametrize("value", [None, True, 5, "text", []])
def test_what_is_no_object_is_read_as_it_is(value: Any) -> None:
    """JSON that is no object at all comes as it is, with one fault."""
    read, faults = READERS["job"].read(value)
    assert read == (() if value == [] else value)
    assert len(faults) == 1


def test_what_is_no_list_is_a_fault_of_a_list_operation(job: dict[str, Any]) -> None:
    """An object where a list belongs is given as it came, with a fault: a right job on its own too."""
    for value in (job, {"items": [job]}, None, "text"):
        sent = json.dumps(value)
        read, faults = READERS["jobs"].read(value)
        assert json.dumps(read) == sent
        assert [fault.path for fault in faults] == [()]
        assert faults[0].problem.endswith("needs an array")
        assert_is_frozen(read)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 1000])
def test_faults_of_a_list_have_their_index(job: dict[str, Any], length: int) -> None:
    """In a list of any length every job is read in its place, and a fault names the place."""
    jobs = [{**job, "seed": index} for index in range(length)]
    bad = [index for index in (0, 127, 128, 999) if index < length]
    for index in bad:
        jobs[index]["prompt"] = None
    read, faults = READERS["jobs"].read(jobs)
    assert isinstance(read, tuple)
    assert [entity.seed for entity in read] == list(range(length))
    assert [fault.path for fault in faults] == [(index, "prompt") for index in bad]


def test_new_keys_of_one_job_do_not_hide_the_faults_of_another(job: dict[str, Any]) -> None:
    """In one list, a job with a new key, a wrong one and a right one each get what is theirs."""
    new = {**job, "new": [1]}
    read, faults = READERS["jobs"].read([new, {**job, "state": "exploded"}, dict(job)])
    assert [fault.path for fault in faults] == [(1, "state")]
    assert [type(entity) for entity in read] == [InferenceEntity] * 3
    assert read[0]["new"] == (1,)


@pytest.mark.parametrize("length", [0, 1, 128, 129, 1000])
def test_a_long_list_in_an_object_is_read_like_one_by_itself(length: int) -> None:
    """Every item is wrapped and every fault has its path, in the order of the JSON's keys."""
    model = {
        "id": "m",
        "name": "Our fox",
        "createdAt": "2023-05-09T13:18:50Z",
        "subjectKeyword": "@fox",
        "subjectType": "animal",
        "status": "finished",
        "imageSamples": ["https://cdn.test/1.png", "https://cdn.test/2.png"],
    }
    bad = [index for index in (0, 127, 128, 999) if index < length]
    models = [{**model, "id": index} if index in bad else {**model, "new": []} for index in range(length)]
    sent: dict[str, Any] = {"models": models, "page": {"of": [1]}}
    body, faults = Reader(rule_of(ListModelsV2Response)).read(json.loads(json.dumps(sent)))
    assert body == sent
    assert list(body) == ["models", "page"]
    assert type(body) is ListModelsV2Response
    assert {type(each) for each in body.models} <= {ModelV2Entity}
    assert_is_frozen(body)
    assert [str(fault) for fault in faults] == [
        f"models[{index}].id: got {index} (int), needs a string" for index in bad
    ]


@pytest.mark.parametrize("models", [None, 5, {"no": "list"}, ["no object"] * 200, [{}] * 200])
def test_what_stands_in_place_of_a_long_list_is_told(models: Any) -> None:
    """Whatever it is, it is given back with what is wrong with it."""
    body, faults = Reader(rule_of(ListModelsV2Response)).read({"models": models})
    assert body == {"models": models}
    assert_is_frozen(body)
    assert faults
    assert all(fault.path[0] == "models" for fault in faults)
