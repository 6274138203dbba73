"""openapi.yaml as something that requests can be checked against.

Every type, limit and required field comes from the document and is checked by
openapi-schema-validator; this module only finds the schemas and words the faults.
"""

import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, Protocol

import yaml
from jsonschema.validators import extend
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

METHODS: Final = ("get", "put", "post", "delete", "patch")

_DOCUMENT: Final = "urn:leap:contract"
_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST_ECHO: Final = 100  # characters of a client's own text that a message repeats

# Knows every keyword but `properties`, whose schemas have validators of their own.
_ValidatorOfTheWhole: Final = extend(OAS30Validator, {"properties": lambda *_: ()})  # type: ignore[no-untyped-call]  # the stub has no types


class _Fault(Protocol):
    """The part of jsonschema.ValidationError that is read here."""

    @property
    def absolute_path(self) -> Sequence[str | int]: ...
    @property
    def validator(self) -> str: ...
    @property
    def validator_value(self) -> Any: ...
    @property
    def instance(self) -> Any: ...
    @property
    def schema(self) -> Any: ...


class _Validator(Protocol):
    """The part of a jsonschema validator that is called here."""

    def iter_errors(self, instance: object) -> Iterable[_Fault]: ...


@dataclass(frozen=True, slots=True)
class Parameter:
    """One path or query parameter of an operation."""

    name: str
    location: str
    required: bool
    type: str
    validator: _Validator

    def read(self, texts: Sequence[str]) -> tuple[object, list[str]]:
        """Turn the texts that a request gave for this parameter into a value, and name the faults.

        A parameter given twice is a fault, since nobody can say which of the two was meant.
        """
        if not texts:
            return None, [f"{self.name} is required"] if self.required else []
        if len(texts) > 1:
            return None, [f"{self.name} must be given only once"]
        value = _value_of(texts[0], self.type)
        if isinstance(value, float) and not math.isfinite(value):
            return None, [_not_finite(self.name)]
        return value, list(_sentences(self.name, self.validator.iter_errors(value)))


@dataclass(frozen=True, slots=True)
class Body:
    """The schema of an object, JSON or a form, taken apart so that the validators are made once.

    A validator of the whole schema would make one for each property of each request, which takes three
    times as long as the checking.
    """

    whole: _Validator
    """Everything but the values of the properties: which there may be, and which there must be."""

    properties: Mapping[str, _Validator]

    arrays: frozenset[str]
    """The properties that are arrays."""

    files: Mapping[str, Sequence[str]]
    """The properties that are files, each with the media types that they may have: none for any."""

    def faults(self, body: Mapping[str, object]) -> list[str]:
        """Name everything that is wrong, one sentence for each fault."""
        faults = list(_sentences(None, self.whole.iter_errors(body)))
        for name, value in body.items():
            validator = self.properties.get(name)
            if isinstance(value, float) and not math.isfinite(value):
                # Arithmetic on infinity gives faults that would only confuse, so nothing else is checked.
                faults.append(_not_finite(echo(name)))
            elif validator is not None and (broken := list(validator.iter_errors(value))):
                faults += _sentences(name, broken)
        return list(dict.fromkeys(faults))  # a null breaks two rules that read the same


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path of the contract."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Body]

    def read_parameters(
        self, path: Mapping[str, str], query: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, Any], list[str]]:
        """Give the values of the parameters that were sent, by wire name, and every fault in them.

        Takes the decoded path parameters and the decoded query in the order it was sent. Query
        parameters that the contract does not know are passed over.
        """
        values: dict[str, Any] = {}
        faults: list[str] = []
        for parameter in self.parameters:
            if parameter.location == "path":
                texts = [path[parameter.name]] if parameter.name in path else []
            else:
                texts = [text for name, text in query if name == parameter.name]
            value, found = parameter.read(texts)
            faults += found
            if texts and not found:
                values[parameter.name] = value
        return values, faults

    def body_faults(self, media_type: str, body: object) -> list[str]:
        """Name everything in which a JSON body breaks the contract, one sentence for each fault."""
        if not isinstance(body, dict):
            return ["the body must be a JSON object"]
        return self.bodies[media_type].faults(body)


@functools.cache
def load() -> tuple[Operation, ...]:
    """Read the contract: from the wheel, or from the repository's root in a source checkout.

    Raises:
        FileNotFoundError: The document is in neither place.
    """
    return tuple(_operations(yaml.load(_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))))  # noqa: S506


def _text() -> str:
    shipped = resources.files(__package__ or "").joinpath("openapi.yaml")
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "openapi.yaml").read_text(encoding="utf-8")


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    registry: Registry[Any] = Registry().with_resource(_DOCUMENT, DRAFT4.create_resource(document))

    def resolve(node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            node = functools.reduce(lambda tree, key: tree[key], node["$ref"][2:].split("/"), document)
        return node

    def validator(schema: dict[str, Any], made_by: Any = OAS30Validator) -> _Validator:
        # References inside the schema are relative to the document, which jsonschema learns from the id.
        made: _Validator = made_by({**resolve(schema), "id": _DOCUMENT}, registry=registry)
        return made

    def body(media: dict[str, Any]) -> Body:
        schema, encoding = media["schema"], media.get("encoding", {})
        properties = {name: resolve(node) for name, node in resolve(schema).get("properties", {}).items()}
        items = {name: resolve(node.get("items", node)) for name, node in properties.items()}
        return Body(
            whole=validator(schema, _ValidatorOfTheWhole),
            properties={name: validator(node) for name, node in properties.items()},
            arrays=frozenset(name for name, node in properties.items() if node.get("type") == "array"),
            files={
                name: encoding.get(name, {}).get("contentType", "").replace(" ", "").split(",")
                for name, node in items.items()
                if node.get("format") == "binary"
            },
        )

    def parameter(node: dict[str, Any]) -> Parameter:
        node = resolve(node)
        schema = resolve(node["schema"])
        return Parameter(
            name=node["name"],
            location=node["in"],
            required=node.get("required", False),
            type=schema.get("type", "string"),
            validator=validator(schema),
        )

    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                nodes = [*item.get("parameters", []), *operation.get("parameters", [])]
                content = resolve(operation.get("requestBody", {})).get("content", {})
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    parameters=tuple(parameter(node) for node in nodes),
                    bodies={name: body(media) for name, media in content.items()},
                )


def _value_of(text: str, wanted: str) -> object:
    """Read a path or query text as its schema's type; a text that is none stays one, and fails there."""
    if wanted in {"number", "integer"} and _JSON_NUMBER.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() else number
    if wanted == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _not_finite(name: str) -> str:
    """Word a number that no double can hold: JSON can write 1e400, but the wire's numbers are doubles."""
    return f"{name} must be a finite number"


def _sentences(name: str | None, faults: Iterable[_Fault]) -> Iterator[str]:
    """Word each fault of a value in the manner of NestJS, with the field that it is in.

    `name` is that of the value, None for the body itself.
    """
    for fault in faults:
        steps = [*([] if name is None else [name]), *map(str, fault.absolute_path)]
        field = echo(".".join(steps)) or "the body"
        match fault.validator:
            case "required":
                missing = [name for name in fault.validator_value if name not in fault.instance]
                # One fault is reported for each missing name, each with the list of all of them.
                yield from (f"{name} is required" for name in missing)
            case "additionalProperties":
                known = fault.schema.get("properties", {})
                yield from (
                    f"property {echo(name)} should not exist" for name in fault.instance if name not in known
                )
            case "type":
                yield f"{field} must be {_with_article(str(fault.validator_value))}"
            case "minimum":
                yield f"{field} must not be less than {fault.validator_value}"
            case "maximum":
                yield f"{field} must not be greater than {fault.validator_value}"
            case "multipleOf":
                yield f"{field} must be a multiple of {fault.validator_value}"
            case "oneOf" if all("required" in branch for branch in fault.validator_value):
                ways = [" and ".join(branch["required"]) for branch in fault.validator_value]
                yield f"either {' or '.join(ways)} is required, and only one of them"
            case "enum":
                yield f"{field} must be one of: {', '.join(map(str, fault.validator_value))}"
            case keyword:
                yield f"{field} breaks the contract's rule {keyword}: {fault.validator_value}"


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "aio" else f"a {name}"


def echo(text: str) -> str:
    """Give the beginning of a client's own text, for a message."""
    return text if len(text) <= _LONGEST_ECHO else text[:_LONGEST_ECHO] + "…"
