"""Operation: one call of the API as a value, from Python arguments to a request.

Pure: no I/O, no clock, no threads. What an answer means is in `leap.outcome`, who sends is `leap.api_client`.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar, get_overloads
from urllib.parse import quote, urlencode

from leap.exceptions import SchemaValidationError
from leap.options import (
    FORM,
    JSON,
    NEEDS_HEADER_VALUE,
    CallOptions,
    UploadOptions,
    deadline_seconds,
    extra_query_pairs,
    flag,
    headers_with,
    is_header_value,
    retries,
    text_of,
    timeout_pair,
)
from leap.request_body import RequestBody
from leap.schemas import BoolClass, BoolSchema, Model, NumberSchema, StrSchema, Unset
from leap.schemas.faults import Fault, show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leap.request_body import OpenForm, StreamedBody
    from leap.schemas.reading import Reader

BodyT = TypeVar("BodyT")
MethodT = TypeVar("MethodT", bound="Callable[..., Any]")


class Parameter(NamedTuple):
    """A path, query or header parameter: its name in Python, its name on the wire, its schema."""

    name: str
    wire_name: str
    schema: type[StrSchema | NumberSchema | BoolSchema]
    required: bool = False


class Request(NamedTuple):
    """What is to be sent, and how the answer is to be treated."""

    method: str
    target: str
    """Path and query, percent-encoded."""
    headers: Mapping[str, str]
    body: bytes | StreamedBody | None
    expects_body: bool = True
    """Whether a successful answer has a body."""
    stream: bool = False
    skip_deserialization: bool = False
    timeout: tuple[float, float] | None = None
    """Seconds to connect and to read; None means as configured."""
    max_retries: int | None = None
    """How often it may be sent again; None means as configured."""
    deadline: float | None = None
    """Seconds for everything together; None means as configured."""
    recover: bool = False
    """Whether a job is looked for whose answer was lost."""

    def __repr__(self) -> str:
        # Debuggers and error reporters show the variables of a frame: the headers hold the token.
        return f"<Request {self.method} {self.target.partition('?')[0]}>"


# What most ids are made of; there is nothing to check in it and nothing to encode.
_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)

# Where an argument belongs: an index into the dicts that Operation.request sorts the arguments into.
_BODY, _PATH, _QUERY, _HEADER, _WHOLE, _OPTION = range(6)
_WHOLES = {"body": _BODY, "path_params": _PATH, "query_params": _QUERY, "header_params": _HEADER}
_Sorted: TypeAlias = tuple[dict[str, Any], ...]


class Operation(Generic[BodyT]):
    """One call of the API: where its arguments go, and what its answers are."""

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        path_parameters: Sequence[Parameter] = (),
        query_parameters: Sequence[Parameter] = (),
        header_parameters: Sequence[Parameter] = (),
        body: type[Model] | None = None,
        content_type: str = JSON,
        response: type[BodyT],
        recoverable: bool = False,
    ) -> None:
        """An operation of the contract.

        Args:
            name: The name of the method that calls it.
            method: The HTTP method.
            path: The path, with its parameters in braces by their wire names.
            path_parameters: They are all required.
            query_parameters: The query parameters.
            header_parameters: The headers that are arguments.
            body: The DTO that the request body has to be; None if there is no body.
            content_type: The media type of the body: that of JSON, or of a form with files.
            response: The type of a successful answer's body; `Unset` if it has none.
            recoverable: Whether what the call has submitted can be looked for when its answer was lost: it
                takes the option `recover`.
        """
        self.name = name
        self.method = method
        self.path = path
        self.path_parameters = {parameter.wire_name: parameter for parameter in path_parameters}
        self.query_parameters = {parameter.wire_name: parameter for parameter in query_parameters}
        self.header_parameters = {parameter.wire_name: parameter for parameter in header_parameters}
        self.body = body
        self.content_type = content_type
        self.response = response
        self.recoverable = recoverable

    def request(
        self,
        arguments: Mapping[str, Any],
        client_headers: Mapping[str, str],
        open_form: OpenForm | None = None,
    ) -> Request:
        """The request that a call makes.

        Args:
            arguments: The keyword arguments of the call, in either of its forms.
            client_headers: The headers that the client sends with every request.
            open_form: Makes of a form what can be sent, and looks at its files; without it, the request of
                a call with files has no body.

        Raises:
            SchemaValidationError: The arguments break the contract; it lists every fault.
        """
        faults: list[Fault] = []
        body, path, query, header, whole, options = places = self._sort(arguments, faults)
        if whole:
            self._spread(whole, places, faults)
        encoded = None
        if self.body is not None or options:
            encoded = self._body.encode(body, options, faults, open_form)
        segments = [self._segment(parameter, path, faults) for parameter in self.path_parameters.values()]
        target = self._target % tuple(segments)
        if query or options or self._needs_query:
            target += self._query(query, options, faults)
        headers = {**client_headers, **self._headers}
        if self.header_parameters:
            headers.update(self._pairs(self.header_parameters, header, faults))
        if options:
            headers = headers_with(headers, options, faults, self.content_type)
        if encoded is not None and not isinstance(encoded, bytes):
            # They say where it ends.
            headers |= encoded.headers
        request = Request(self.method, target, headers, encoded, self.response is not Unset)
        if options:
            request = request._replace(
                # Where there is no body to leave unread, nobody would think of closing it.
                stream=flag("stream", options, faults) and request.expects_body,
                skip_deserialization=flag("skip_deserialization", options, faults),
                timeout=timeout_pair(options, faults),
                max_retries=retries(options, faults),
                deadline=deadline_seconds(options, faults),
                recover=flag("recover", options, faults),
            )
        if faults:
            raise SchemaValidationError([str(fault) for fault in faults])
        return request

    @cached_property
    def reader(self) -> Reader:
        """Reads the answers of this operation."""
        from leap.schemas.annotations import rule_of
        from leap.schemas.reading import Reader

        return Reader(rule_of(self.response))

    @cached_property
    def _places(self) -> dict[str, tuple[int, str]]:
        options = UploadOptions if self.content_type == FORM else CallOptions
        places = {name: (_OPTION, name) for name in options.__annotations__}
        if self.recoverable:
            places["recover"] = (_OPTION, "recover")
        places |= {parameter.name: (_HEADER, wire) for wire, parameter in self.header_parameters.items()}
        places |= {parameter.name: (_QUERY, wire) for wire, parameter in self.query_parameters.items()}
        places |= {parameter.name: (_PATH, wire) for wire, parameter in self.path_parameters.items()}
        if self.path_parameters:
            places["path_params"] = (_WHOLE, "path_params")
        if self.query_parameters:
            places["query_params"] = (_WHOLE, "query_params")
        if self.header_parameters:
            places["header_params"] = (_WHOLE, "header_params")
        if self.body is not None:
            places |= {field.name: (_BODY, wire) for wire, field in self.body.rule.fields.items()}
            places["body"] = (_WHOLE, "body")
        return places

    @cached_property
    def _target(self) -> str:
        return re.sub(r"\{[^}]*\}", "%s", self.path.replace("%", "%%"))

    @cached_property
    def _needs_query(self) -> bool:
        return any(parameter.required for parameter in self.query_parameters.values())

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        return {"Accept": JSON} if self.body is None else {"Accept": JSON, "Content-Type": self.content_type}

    @cached_property
    def _body(self) -> RequestBody:
        return RequestBody(self.body, self.content_type)

    def _sort(self, arguments: Mapping[str, Any], faults: list[Fault]) -> _Sorted:
        """The arguments by where they belong and under their wire names, without those that are None."""
        places = self._places
        sorted_arguments: _Sorted = ({}, {}, {}, {}, {}, {})
        for name, value in arguments.items():
            if name not in places:
                faults.append(self._unknown(name))
            elif value is not None:
                place, wire_name = places[name]
                sorted_arguments[place][wire_name] = value
        return sorted_arguments

    def _unknown(self, name: str) -> Fault:
        import difflib

        close = difflib.get_close_matches(name, self._places, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return Fault((name,), f"is no argument of {self.name}{hint}")

    def _spread(self, whole: dict[str, Any], sorted_arguments: _Sorted, faults: list[Fault]) -> None:
        """Spread the arguments of the structured form out to where those of the flat form already are."""
        from collections.abc import Mapping as AnyMapping

        for argument, place in _WHOLES.items():
            given = whole.get(argument)
            if given is None:
                continue
            if not isinstance(given, AnyMapping):
                faults.append(Fault((argument,), f"got {show_value(given)}, needs a mapping"))
                continue
            values = sorted_arguments[place]
            for key, value in given.items():
                wire_name = self._wire_name(place, key)
                if wire_name in values:
                    faults.append(Fault((argument, str(key)), "is given twice"))
                elif place != _BODY and self._parameters(place).get(wire_name) is None:
                    faults.append(Fault((argument, str(key)), f"is no parameter of {self.name}"))
                values[wire_name] = value

    def _wire_name(self, place: int, key: Any) -> Any:
        """The wire name for a key of a mapping, which may be in Python's spelling."""
        known, wire_name = self._places.get(key, (None, key)) if isinstance(key, str) else (None, key)
        return wire_name if known == place else key

    def _parameters(self, place: int) -> Mapping[str, Parameter]:
        if place == _PATH:
            return self.path_parameters
        return self.query_parameters if place == _QUERY else self.header_parameters

    def _segment(self, parameter: Parameter, values: dict[str, Any], faults: list[Fault]) -> str:
        """A path parameter as one segment of the path, which it cannot leave."""
        value = values.get(parameter.wire_name)
        if type(value) is str and parameter.schema.rule is StrSchema.rule and _PLAIN_ID.fullmatch(value):
            return value
        if value is None:
            faults.append(Fault((parameter.name,), "is missing"))
            return ""
        found = list(parameter.schema.rule.faults(value, (parameter.name,)))
        text = "" if found else text_of(value)
        if not found and text in ("", ".", ".."):
            found = [Fault((parameter.name,), f"got {text!r}, which would be another address")]
        faults.extend(found)
        return quote(text, safe="")

    def _query(self, values: dict[str, Any], options: Mapping[str, Any], faults: list[Fault]) -> str:
        pairs = self._pairs(self.query_parameters, values, faults)
        pairs.extend(extra_query_pairs(options, faults))
        return "?" + urlencode(pairs, quote_via=quote) if pairs else ""

    def _pairs(
        self, parameters: Mapping[str, Parameter], values: dict[str, Any], faults: list[Fault]
    ) -> list[tuple[str, str]]:
        """The parameters that are given, as texts by their wire names."""
        pairs: list[tuple[str, str]] = []
        for wire_name, parameter in parameters.items():
            value = values.get(wire_name)
            if value is None:
                if parameter.required:
                    faults.append(Fault((parameter.name,), "is missing"))
                continue
            plain = bool(value) if isinstance(value, BoolClass) else value
            found = list(parameter.schema.rule.faults(plain, (parameter.name,)))
            if not found and parameters is self.header_parameters and not is_header_value(text_of(plain)):
                found = [Fault((parameter.name,), f"got {show_value(value)}, {NEEDS_HEADER_VALUE}")]
            faults.extend(found)
            pairs.extend([] if found else [(wire_name, text_of(plain))])
        return pairs


def flat_signature(method: MethodT) -> MethodT:
    """Let `inspect.signature` and `help` show the flat form of a method, its first overload."""
    method.__wrapped__ = get_overloads(method)[0]  # type: ignore[attr-defined]  # what inspect looks for
    return method
