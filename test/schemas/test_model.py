"""A DTO is the JSON, frozen and typed; calling its class checks the values."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pprint import pformat
from types import MappingProxyType
from typing import Any

import pytest
from frozendict import frozendict

from leap import ApiTypeError, ApiValueError, SchemaValidationError
from leap.models import CreateInferenceDto, InferenceEntity, InferenceImageEntity
from leap.schemas import Model, field

PICTURE = {"id": "f7", "createdAt": "2023-05-09T13:18:50Z", "uri": "https://cdn.test/f7.png"}


class Renamed(Model):
    """A DTO whose wire names are no identifiers of Python, with a field for each kind of limit."""

    content_type: str | None = field("content-type", default=None, min_length=2, max_length=3)
    class_: str | None = field("class", default=None, pattern="^[a-z]+$")
    moment: datetime | None = field("moment", default=None)
    flag: bool | None = field("flag", default=None)
    nested: InferenceImageEntity | None = field("nested", default=None)
    counts: tuple[float, ...] | None = field("counts", default=None)
    anything: Any = field("anything", default=None)


@pytest.fixture
def entity(job: dict[str, Any]) -> InferenceEntity:
    """A job with one picture and with keys that the contract does not know."""
    return InferenceEntity(
        {**job, "images": [PICTURE], "cost": {"credits": [1, {"unit": "usd"}]}, "is new": True}
    )


def test_a_dto_is_the_json(entity: InferenceEntity, job: dict[str, Any]) -> None:
    """`json.dumps(body)` gives the wire JSON back, unknown keys and order included."""
    wire = {**job, "images": [PICTURE], "cost": {"credits": [1, {"unit": "usd"}]}, "is new": True}
    assert json.dumps(entity) == json.dumps(wire)


def test_a_dto_is_a_frozendict(entity: InferenceEntity) -> None:
    """A DTO is a `frozendict`, and so a mapping and a dict."""
    assert isinstance(entity, frozendict)
    assert isinstance(entity, dict)
    assert isinstance(entity, Mapping)


def test_three_ways_to_read_give_the_json_value(entity: InferenceEntity) -> None:
    """The wire name, the Python name and `get` give the string that came."""
    assert entity["createdAt"] == entity["created_at"] == "2023-05-09T13:18:46.085Z"
    assert entity.get("created_at") == entity.get("createdAt") == "2023-05-09T13:18:46.085Z"


def test_the_attribute_gives_the_python_value(entity: InferenceEntity) -> None:
    """`body.created_at` is an aware datetime."""
    assert entity.created_at == datetime(2023, 5, 9, 13, 18, 46, 85000, tzinfo=UTC)
    assert entity.created_at.utcoffset() == timedelta(0)


def test_every_documented_subscript_and_attribute_works(entity: InferenceEntity) -> None:
    """All the subscripts of the API's document can be read, and the attributes of the same names."""
    names = [
        "id", "prompt", "negative_prompt", "seed", "width", "height", "prompt_strength", "number_of_images",
        "state", "steps", "images", "model_id", "upscaling_option",
    ]  # fmt: skip
    assert [entity[name] for name in names] == [getattr(entity, name) for name in names]


def test_both_names_are_in_a_dto(entity: InferenceEntity) -> None:
    """`in` knows the Python name as well as the wire name, of fields that are there."""
    assert "createdAt" in entity
    assert "created_at" in entity
    assert "upscaled" not in entity
    assert "negative_prompt" not in CreateInferenceDto(prompt="a fox")


def test_keys_are_the_wire_names(entity: InferenceEntity, job: dict[str, Any]) -> None:
    """Python names can be read but are not among the keys."""
    assert list(entity) == [*job, "cost", "is new"]


def test_missing_keys_are_key_errors(entity: InferenceEntity) -> None:
    """A subscript that is not there raises KeyError, `get` gives its default."""
    with pytest.raises(KeyError, match="upscaled"):
        entity["upscaled"]
    assert entity.get("upscaled") is None
    assert entity.get("upscaled", 5) == 5


def test_unknown_keys_stay_and_are_readable(entity: InferenceEntity) -> None:
    """What the contract does not know can be read, frozen like the rest."""
    assert entity["is new"] is True
    assert entity["cost"]["credits"][1]["unit"] == "usd"
    assert isinstance(entity["cost"], Model)
    assert isinstance(entity["cost"]["credits"], tuple)


def test_arrays_are_tuples_and_objects_models(entity: InferenceEntity) -> None:
    """The nested objects of the contract are DTOs of their own class, in tuples."""
    assert isinstance(entity.images, tuple)
    assert isinstance(entity.images[0], InferenceImageEntity)
    assert entity["images"] is entity.images
    assert entity.images[0].uri == "https://cdn.test/f7.png"


def test_an_optional_field_that_is_absent_is_none() -> None:
    """The attribute of an optional field that is not in the JSON gives None, and the JSON stays without."""
    dto = CreateInferenceDto(prompt="a fox", negative_prompt=None)
    assert dto.negative_prompt is None
    assert dto == {"prompt": "a fox"}


def test_a_required_field_that_did_not_come_is_an_attribute_error(entity: InferenceEntity) -> None:
    """The error says which wire name was missing; `getattr` with a default and `hasattr` work."""
    broken: Any = InferenceEntity.make({"id": "x"})
    with pytest.raises(AttributeError, match=r"this InferenceEntity came without 'createdAt'"):
        _ = broken.created_at
    with pytest.raises(KeyError, match="createdAt"):
        broken["created_at"]
    assert getattr(broken, "created_at", None) is None
    assert not hasattr(broken, "created_at")
    assert hasattr(entity, "created_at")


def test_a_value_of_another_type_is_given_as_it_came() -> None:
    """An attribute converts text only; null, a number or an array in a date's place is given as it is."""
    for value in (None, 5, (), True):
        broken: Any = InferenceEntity.make({"createdAt": value})
        assert broken.created_at is value


@pytest.mark.parametrize("text", ["yesterday", "", "é", "\ud800", "9999-12-31T24:00:00Z", "9" * 5000])
def test_a_text_that_is_no_date_time_is_an_api_value_error(text: str) -> None:
    """The attribute raises ApiValueError and the item still gives the text."""
    broken: Any = InferenceEntity.make({"createdAt": text})
    with pytest.raises(ApiValueError, match="is no date-time; read the item"):
        _ = broken.created_at
    assert broken["created_at"] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-05-09T13:18:46Z", datetime(2023, 5, 9, 13, 18, 46, tzinfo=UTC)),
        ("2023-05-09t13:18:46z", datetime(2023, 5, 9, 13, 18, 46, tzinfo=UTC)),
        ("2023-05-09 13:18:46.5Z", datetime(2023, 5, 9, 13, 18, 46, 500000, tzinfo=UTC)),
        ("2023-05-09T13:18:46+05:30", datetime(2023, 5, 9, 7, 48, 46, tzinfo=UTC)),
        ("2023-05-09T13:18:46", datetime(2023, 5, 9, 13, 18, 46, tzinfo=UTC)),
    ],
)
def test_date_times_are_aware(text: str, expected: datetime) -> None:
    """Every RFC 3339 form becomes an aware datetime; without an offset it counts as UTC."""
    created_at = InferenceEntity.make({"createdAt": text}).created_at
    assert created_at == expected
    assert created_at.tzinfo is not None


def test_pprint_prints_a_field_a_line(entity: InferenceEntity) -> None:
    """`pprint(body)` is readable: a line for each field, like a dict's."""
    lines = pformat(entity, sort_dicts=False).splitlines()
    assert lines[0] == "{'id': 'a047df00-8bdd-4d57-a9bd-6eebef36ecaa',"
    assert lines[1] == " 'createdAt': '2023-05-09T13:18:46.085Z',"
    assert len(lines) >= len(entity)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_dto_pickles(entity: InferenceEntity, protocol: int) -> None:
    """Every protocol gives back the same DTO, with its nested classes."""
    again = pickle.loads(pickle.dumps(entity, protocol))  # noqa: S301 - our own bytes
    assert again == entity
    assert type(again) is InferenceEntity
    assert type(again.images[0]) is InferenceImageEntity
    assert again.created_at == entity.created_at


def test_a_dto_that_breaks_the_contract_pickles() -> None:
    """What a server sent comes through a pickle right or not."""
    broken = InferenceEntity.make({"state": "exploded", "images": None})
    assert pickle.loads(pickle.dumps(broken)) == broken  # noqa: S301 - our own bytes


def test_a_dto_copies(entity: InferenceEntity) -> None:
    """Copies are the DTO itself, as nothing can change it."""
    assert copy.copy(entity) is entity
    assert copy.deepcopy(entity) is entity
    assert entity.copy() is entity


def test_equal_dtos_have_equal_hashes(entity: InferenceEntity, job: dict[str, Any]) -> None:
    """A DTO can be in a set and be the key of a dict, whatever order its fields came in."""
    same = InferenceEntity(dict(reversed(entity.items())))
    other = InferenceEntity({**job, "seed": 2})
    assert hash(same) == hash(entity)
    assert hash(frozendict(entity)) == hash(entity)
    assert len({entity, same, other}) == 2


def test_a_dto_equals_the_plain_dict(entity: InferenceEntity) -> None:
    """A DTO equals the dict that `json.loads` gives, lists and all, from both sides."""
    plain = json.loads(json.dumps(entity))
    assert isinstance(plain["images"], list)
    assert entity == plain
    assert plain == entity
    assert not entity != plain  # noqa: SIM202 - `!=` has its own method
    assert entity == dict(entity)


def test_a_dto_differs_from_other_json(entity: InferenceEntity) -> None:
    """One nested value that differs makes a difference, and so does another type."""
    other = json.loads(json.dumps(entity))
    other["cost"]["credits"][1]["unit"] = "eur"
    assert entity != other
    assert other != entity
    assert entity != "a string"
    assert entity != list(entity.items())


def test_a_dto_is_frozen(entity: InferenceEntity) -> None:
    """Neither items nor attributes can be set, deleted or added."""
    frozen: Any = entity
    with pytest.raises(TypeError):
        frozen["state"] = "finished"
    with pytest.raises(TypeError):
        del frozen["state"]
    with pytest.raises(AttributeError):
        frozen.state = "finished"
    with pytest.raises(AttributeError):
        frozen.note = "mine"
    with pytest.raises(AttributeError):
        del frozen.state
    for change in (frozen.clear, frozen.popitem, lambda: frozen.update(a=1), lambda: frozen.pop("state")):
        with pytest.raises(AttributeError):
            change()
    assert entity["state"] == "queued"


def test_what_was_given_stays_the_callers(job: dict[str, Any]) -> None:
    """A DTO shares nothing that can change with what it was made from."""
    job["images"] = [dict(PICTURE)]
    entity = InferenceEntity(job)
    job["images"][0]["uri"] = "changed"
    job["images"].append("another")
    job["state"] = "failed"
    assert entity.images[0].uri == PICTURE["uri"]
    assert len(entity.images) == 1
    assert entity.state == "queued"


def test_an_augmented_assignment_leaves_the_old_dto_alone(entity: InferenceEntity) -> None:
    """`|` and `|=` make a new DTO of the same class."""
    changed = entity
    changed |= {"state": "failed"}
    assert type(changed) is InferenceEntity
    assert (entity.state, changed.state) == ("queued", "failed")


def test_a_dto_matches_a_mapping_pattern(entity: InferenceEntity) -> None:
    """`match` takes a DTO apart by wire names."""
    match entity:
        case {"state": "queued", "images": ({"uri": uri},)}:
            assert uri == PICTURE["uri"]
        case _:
            pytest.fail("the pattern did not match")


@pytest.mark.parametrize(
    "given",
    [
        {"prompt": "a fox", "negativePrompt": "rain", "steps": 50},
        {"prompt": "a fox", "negative_prompt": "rain", "steps": 50},
        MappingProxyType({"prompt": "a fox", "negativePrompt": "rain", "steps": 50}),
        CreateInferenceDto(prompt="a fox", negative_prompt="rain", steps=50),
    ],
)
def test_a_dto_is_made_of_any_mapping(given: Mapping[str, Any]) -> None:
    """A mapping by wire names or by Python names makes the same DTO as keyword arguments."""
    dto = CreateInferenceDto(prompt="a fox", negative_prompt="rain", steps=50)
    assert CreateInferenceDto(given) == dto


def test_a_dto_lists_every_fault_by_the_name_that_was_given() -> None:
    """All faults come at once, each with the path in the caller's own spelling."""
    with pytest.raises(SchemaValidationError) as caught:
        CreateInferenceDto(
            {"numberOfImages": 5},
            steps="fifty",
            negative_prompt=3,
            width=1025,
            promptStrength=float("nan"),
        )
    assert set(caught.value.faults) == {
        "prompt: is missing",
        "numberOfImages: got 5, needs at most 4",
        "steps: got 'fifty' (str), needs a number",
        "negative_prompt: got 3 (int), needs a string",
        "width: got 1025, needs a multiple of 8",
        "promptStrength: got NaN, needs a number",
    }
    assert isinstance(caught.value, ApiTypeError)
    assert isinstance(caught.value, ApiValueError)


def test_a_closed_dto_refuses_unknown_keys_with_a_suggestion() -> None:
    """A misspelt field is named, with the one that was probably meant."""
    with pytest.raises(
        SchemaValidationError, match=r"promt: is no field of CreateInferenceDto; did you mean"
    ):
        CreateInferenceDto({"promt": "a fox"})


@pytest.mark.parametrize("name", ["prompt", "negativePrompt", "negative_prompt"])
def test_a_value_given_twice_is_refused(name: str) -> None:
    """A field in the mapping and as keyword argument is a fault, in whichever spellings."""
    with pytest.raises(SchemaValidationError, match=f"{name}: is given twice"):
        CreateInferenceDto({"prompt": "a fox", "negativePrompt": "rain"}, **{name: "snow"})


@pytest.mark.parametrize("given", ["prompt", 5, [("prompt", "a fox")], None])
def test_what_is_no_mapping_is_an_api_type_error(given: object) -> None:
    """A DTO cannot be made of a text, a number or a list of pairs."""
    with pytest.raises(ApiTypeError, match="needs a mapping"):
        CreateInferenceDto(given)


def test_none_for_a_required_field_is_a_fault() -> None:
    """None leaves out what is optional; what is required cannot be left out."""
    with pytest.raises(SchemaValidationError, match=r"prompt: got None \(NoneType\), needs a string"):
        CreateInferenceDto(prompt=None)


def test_decimals_and_date_times_become_json() -> None:
    """A DTO holds JSON values only: a Decimal becomes a number and a datetime its RFC 3339 text."""
    moment = datetime(2023, 5, 9, 13, 18, tzinfo=timezone(timedelta(hours=2)))
    dto = Renamed(moment=moment, counts=(Decimal("2.50"), Decimal(3)))
    assert json.dumps(dto) == '{"moment": "2023-05-09T13:18:00+02:00", "counts": [2.5, 3]}'
    assert dto.moment == moment


def test_wire_names_need_not_be_identifiers() -> None:
    """A field whose wire name is a keyword or has a hyphen is read, checked and named all the same."""
    dto = Renamed(content_type="abc", class_="fox")
    assert (dto.content_type, dto.class_) == ("abc", "fox")
    assert dto == {"content-type": "abc", "class": "fox"}
    with pytest.raises(SchemaValidationError) as caught:
        Renamed({"class": "FOX", "content-type": "abcd"}, flag=1)
    assert set(caught.value.faults) == {
        "class: got 'FOX' (str), needs to match ^[a-z]+$",
        "content-type: got 4 characters, needs at most 3",
        "flag: got 1 (int), needs True or False",
    }


def test_nested_faults_have_their_whole_path(job: dict[str, Any]) -> None:
    """A fault deep inside is named by the way to it."""
    job["images"] = [PICTURE, {**PICTURE, "uri": 5}]
    with pytest.raises(SchemaValidationError, match=r"^images\[1\]\.uri: got 5 \(int\), needs a string$"):
        InferenceEntity(job)


def test_a_dto_of_a_subclass_has_the_fields_of_its_base() -> None:
    """Fields are inherited, and a subclass adds its own."""

    class More(InferenceImageEntity):
        """A picture with its size."""

        size: float = field("size")

    more = More(size=5, id="f7", created_at="now", uri="https://cdn.test/f7.png")
    assert (more.size, more.uri, more.created_at) == (5, "https://cdn.test/f7.png", "now")
    with pytest.raises(SchemaValidationError, match="size: is missing"):
        More(PICTURE)


def test_a_field_read_from_the_class_is_the_declaration() -> None:
    """The class gives what the contract says of a field."""
    declared: Any = InferenceEntity.created_at
    assert (declared.wire_name, declared.required) == ("createdAt", True)
