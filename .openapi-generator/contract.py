"""The contract as the templates need it: openapi.yaml, with notes on what mustache cannot work out itself.

The notes are vendor extensions, and the contract's meaning stays as it is:

* `x-py-example`, `x-py-pattern`: an example and a pattern as Python literals;
* `x-content-type` on an operation: the media type of its body, unless that is JSON. The body itself moves
  to `application/json`, because the generator describes only such a body as one DTO;
* `x-form` on an operation: its body is a form with files; `x-content-types` and `x-py-content-types` on a
  field of that form: the media types that `encoding` of the contract gives it, plain and as a Python literal;
* `x-exactly-one` on a schema: the fields of which exactly one is required. The contract says it with `oneOf`,
  which the generator would take for several schemas;
* `x-given` on an array in a schema that is no answer or part of one: it may be any sequence;
* `x-query-required`, `x-header-required` on an operation: some query parameter, some header is required;
* `x-mixin-module`, `x-mixin-class`, `x-mixin-path` on a schema and on every operation of a tag: the class
  that `x-mixin` of the contract names, for the class of the schema or the tag to inherit from, and its file;
* `x-response-fields` on an operation: the required fields of its answer, in Python's spelling;
* `x-used-by` on a schema: the methods that take or return it; `x-part-of`: the schemas that hold it;
  `x-error-body`: it is the body of a refusal; `x-has-examples`: some field of it has an example.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_JSON = "application/json"
_FORM = "multipart/form-data"


def annotated(contract: Json) -> Json:
    """The contract with the notes in it; the one that was given is not changed."""
    schemas: Json = contract["components"]["schemas"]
    noted: Json = _with_literals(contract)
    _note_content_types(noted)
    noted["paths"] = {path: _path_item(item, noted) for path, item in noted["paths"].items()}
    noted_schemas: Json = noted["components"]["schemas"]
    answered = _with_parts({name for each in _answers(contract) for name in _references(each)}, schemas)
    for name in schemas:
        _note_exactly_one(noted_schemas[name])
        if name not in answered:
            _note_given(noted_schemas[name])
        noted_schemas[name] |= _mixin(schemas[name]) | {
            "x-used-by": list(_uses(name, contract)),
            "x-part-of": [holder for holder in schemas if name in _references(schemas[holder])],
            "x-error-body": name in _references(_refusals(contract)),
            "x-has-examples": any(
                "example" in field for field in schemas[name].get("properties", {}).values()
            ),
        }
    return noted


def snake_case(name: str) -> str:
    """A name of the wire in Python's spelling: `createdAt` is `created_at`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _with_literals(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_literals(item) for item in node]
    if not isinstance(node, dict):
        return node
    noted = {key: value if key == "example" else _with_literals(value) for key, value in node.items()}
    if "example" in node:
        noted["x-py-example"] = repr(node["example"])
    if isinstance(node.get("pattern"), str):
        noted["x-py-pattern"] = repr(node["pattern"])
    return noted


def _path_item(item: Json, contract: Json) -> Json:
    shared = item.get("parameters", [])
    return {
        key: _operation(value, [*shared, *value.get("parameters", [])], contract)
        if key in _METHODS
        else value
        for key, value in item.items()
    }


def _operation(operation: Json, parameters: list[Json], contract: Json) -> Json:
    noted = {**operation, "summary": operation["summary"].rstrip(".")}
    required = {place["in"] for place in _resolved(parameters, contract) if place.get("required")}
    noted["x-query-required"] = "query" in required
    noted["x-header-required"] = "header" in required
    noted["x-response-fields"] = _response_fields(operation, contract)
    noted |= _mixin(next((tag for tag in contract.get("tags", []) if tag["name"] in operation["tags"]), {}))
    if "requestBody" in operation:
        body = _follow(operation["requestBody"], contract)
        content_type, content = next(iter(body["content"].items()))
        noted["requestBody"] = {**body, "content": {_JSON: content}}
        if content_type != _JSON:
            noted["x-content-type"] = content_type
        noted["x-form"] = content_type == _FORM
    return noted


def _note_content_types(contract: Json) -> None:
    for operation in _operations(contract):
        content = _follow(operation.get("requestBody", {}), contract).get("content", {}).get(_FORM, {})
        for name, encoding in content.get("encoding", {}).items():
            field = _follow(content["schema"], contract)["properties"][name]
            names = [each.strip() for each in encoding["contentType"].split(",")]
            field |= {"x-content-types": names, "x-py-content-types": repr(tuple(names))}


def _note_exactly_one(schema: Json) -> None:
    alternatives = schema.get("oneOf", [])
    if alternatives and all(each.keys() == {"required"} for each in alternatives):
        schema["x-exactly-one"] = [name for each in schema.pop("oneOf") for name in each["required"]]


def _note_given(schema: Json) -> None:
    for field in schema.get("properties", {}).values():
        field["x-given"] = field.get("type") == "array"


def _answers(contract: Json) -> list[Json]:
    of_operations = [each for operation in _operations(contract) for each in _successes(operation, contract)]
    return of_operations + _refusals(contract)


def _with_parts(names: set[str], schemas: Json) -> set[str]:
    """Schemas, and all that they refer to themselves or through others."""
    parts = set().union(*(_references(schemas[name]) for name in names)) - names
    return _with_parts(names | parts, schemas) if parts else names


def _mixin(node: Json) -> Json:
    if "x-mixin" not in node:
        return {}
    module, _, name = node["x-mixin"].rpartition(".")
    return {"x-mixin-module": module, "x-mixin-class": name, "x-mixin-path": module.replace(".", "/")}


def _response_fields(operation: Json, contract: Json) -> list[str]:
    for response in _successes(operation, contract):
        for content in response.get("content", {}).values():
            return [snake_case(name) for name in _follow(content["schema"], contract).get("required", [])]
    return []


def _successes(operation: Json, contract: Json) -> list[Json]:
    responses = operation["responses"]
    return [_follow(responses[code], contract) for code in responses if str(code).startswith("2")]


def _refusals(contract: Json) -> list[Json]:
    return [
        _follow(response, contract)
        for operation in _operations(contract)
        for code, response in operation["responses"].items()
        if not str(code).startswith("2")
    ]


def _operations(contract: Json) -> Iterator[Json]:
    for item in contract["paths"].values():
        yield from (item[method] for method in _METHODS if method in item)


def _uses(schema: str, contract: Json) -> Iterator[Json]:
    for operation in _operations(contract):
        answers = _successes(operation, contract)
        if schema in _references([operation.get("requestBody", {}), *answers]):
            yield {
                "class": "".join(operation["tags"][0].split()) + "Api",
                "attribute": snake_case(operation["tags"][0].replace(" ", "_")),
                "method": snake_case(operation["operationId"].split("_")[-1]),
            }


def _references(node: Any) -> set[str]:
    """The schemas that a part of the contract refers to itself, not through others."""
    if isinstance(node, list):
        return set().union(*map(_references, node))
    if not isinstance(node, dict):
        return set()
    found = _references(list(node.values()))
    return found | {node["$ref"].split("/")[-1]} if "$ref" in node else found


def _resolved(nodes: list[Json], contract: Json) -> list[Json]:
    return [_follow(node, contract) for node in nodes]


def _follow(node: Json, contract: Json) -> Json:
    """The node itself, or what its reference points to."""
    while "$ref" in node:
        target: Any = contract
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node
