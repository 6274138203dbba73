"""Model: the base of the DTOs. A DTO is the JSON object itself, frozen and typed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, dataclass_transform

from frozendict import frozendict

from leap.exceptions import SchemaValidationError
from leap.schemas.faults import Fault, show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self

    from leap.schemas.compound import ObjectRule

_MISSING: Any = object()


class Field:
    """What the contract says of a field beside its type; as an attribute of a DTO it reads the field."""

    __slots__ = ("_convert", "default", "limits", "name", "owner", "required", "wire_name")

    def __init__(self, wire_name: str, default: Any, limits: dict[str, Any]) -> None:
        self.wire_name = wire_name
        self.required = default is _MISSING
        self.default = None if self.required else default
        self.limits = limits
        self._convert: Callable[[str], Any] | None = None

    def __set_name__(self, owner: ModelMeta, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, model: Model | None, owner: ModelMeta) -> Any:
        if model is None:
            return self
        try:
            value = model[self.wire_name]
        except KeyError:
            if not self.required:
                return self.default
            raise AttributeError(
                f"this {owner.__name__} came without {self.wire_name!r}, which the contract requires",
                name=self.name,
                obj=model,
            ) from None
        if not isinstance(value, str):
            return value
        if self._convert is None:
            self._convert = self.owner.rule.fields[self.wire_name].rule.to_python
        return self._convert(value)


def field(
    wire_name: str,
    *,
    default: Any = _MISSING,
    minimum: float | None = None,
    maximum: float | None = None,
    multiple_of: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
    min_items: int | None = None,
    max_items: int | None = None,
    content_types: tuple[str, ...] | None = None,
) -> Any:
    """Declare a field of a DTO.

    Args:
        wire_name: Its key in the JSON.
        default: What the attribute gives where the key is absent; without it, the field is required.
        minimum: The least number allowed.
        maximum: The greatest number allowed.
        multiple_of: What a number has to be a multiple of.
        min_length: The least length of a string, in Unicode code points.
        max_length: The greatest length of a string, in Unicode code points.
        pattern: A regular expression that has to be found in a string.
        min_items: The least number of items of an array.
        max_items: The greatest number of items of an array.
        content_types: The media types that a file may have.
    """
    limits = {
        "minimum": minimum,
        "maximum": maximum,
        "multiple_of": multiple_of,
        "min_length": min_length,
        "max_length": max_length,
        "pattern": pattern,
        "min_items": min_items,
        "max_items": max_items,
        "content_types": content_types,
    }
    return Field(wire_name, default, {name: limit for name, limit in limits.items() if limit is not None})


class ModelMeta(type):
    """What the class of a DTO knows: its fields, its rule, and how to make one.

    It stands here rather than in `Model` so that no DTO has these names among its attributes.
    """

    _fields: dict[str, Field]
    _closed: bool
    _exactly_one: tuple[str, ...]
    _rule: ObjectRule | None

    wire_names: dict[Any, str]
    """The wire name of each field by its Python name."""

    _make: Callable[[dict[str, Any]], Any]

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        closed: bool = False,
        exactly_one: tuple[str, ...] = (),
    ) -> ModelMeta:
        """Make the class of a DTO.

        Args:
            name: Its name.
            bases: What it inherits from.
            namespace: What stands in its body.
            closed: Whether the contract allows no other keys than its fields.
            exactly_one: The wire names of fields of which exactly one has to be there.
        """
        namespace.setdefault("__slots__", ())
        model = super().__new__(cls, name, bases, namespace)
        model._fields = dict(getattr(model, "_fields", {}))
        model._fields.update((key, value) for key, value in namespace.items() if isinstance(value, Field))
        model.wire_names = {
            python_name: declared.wire_name for python_name, declared in model._fields.items()
        }
        model._closed = closed
        model._exactly_one = exactly_one
        model._rule = None
        model._make = type.__call__.__get__(model)
        return model

    def __init__(cls, *args: Any, **_: Any) -> None:
        super().__init__(*args)

    @property
    def make(cls) -> Callable[[dict[str, Any]], Any]:
        """Makes a DTO of a dict of frozen values, in C and checking nothing: a bound `type.__call__`."""
        return cls._make

    @property
    def rule(cls) -> ObjectRule:
        """What the contract says that this DTO has to be."""
        if cls._rule is None:
            from leap.schemas.annotations import rule_of_model

            cls._rule = rule_of_model(cls, cls._fields, closed=cls._closed, exactly_one=cls._exactly_one)
        return cls._rule

    def by_wire_name(cls, given: Iterable[tuple[str, Any]]) -> tuple[dict[str, Any], list[Fault]]:
        """Values whose names may be wire names or Python names, under their wire names."""
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for key, value in given:
            wire_name = cls.wire_names.get(key, key)
            if wire_name in values:
                faults.append(Fault((key,), "is given twice"))
            values[wire_name] = value
        return values, faults

    if not TYPE_CHECKING:
        # For type checkers, dataclass_transform gives the constructor its signature.

        def __call__(cls, given: Mapping[str, Any] = MappingProxyType({}), /, **fields: Any) -> Any:
            """A DTO of checked values, from fields by name or from a mapping by wire names."""
            from collections.abc import Mapping as AnyMapping

            from leap.schemas.wrapping import thaw, wrapper

            if not isinstance(given, AnyMapping):
                raise SchemaValidationError([f"got {show_value(given)}, needs a mapping"])
            optional = {name for name, declared in cls._fields.items() if not declared.required}
            named = {key: value for key, value in fields.items() if value is not None or key not in optional}
            values, faults = cls.by_wire_name([*given.items(), *named.items()])
            faults.extend(cls.rule.faults(values, ()))
            if faults:
                python_names = {cls.wire_names[name]: name for name in cls._fields if name in named}
                raise SchemaValidationError([str(fault.renamed(python_names)) for fault in faults])
            return wrapper(cls.rule, "anything")(thaw(values))


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Model(frozendict[str, Any], metaclass=ModelMeta):
    """The base of the DTOs: a frozen dict of the JSON, whose fields are attributes too.

    Its keys are the wire names and its values the JSON as received, with arrays as tuples and objects as
    Models; `json.dumps` gives the wire JSON back. `body["createdAt"]`, `body["created_at"]` and
    `body.get("created_at")` give the JSON value, the attribute `body.created_at` the Python value (a
    date-time as an aware `datetime`). An optional field that is absent is None as an attribute. Keys that
    the contract does not know are kept and are read as items.

    Calling a DTO's class, with fields by name or with a mapping, checks the values.

    Raises:
        SchemaValidationError: The values break the contract; it lists every fault.
        AttributeError: On reading a required field that a response came without.
        ApiValueError: On reading a date-time attribute whose text is no date-time.
    """

    def __missing__(self, key: str) -> Any:
        wire_name = type(self).wire_names.get(key)
        if wire_name is None or wire_name == key:
            raise KeyError(key)
        return self[wire_name]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or super().__contains__(type(self).wire_names.get(key))

    def __eq__(self, other: object) -> bool:
        # A plain dict of the same JSON has lists where a Model has tuples.
        return super().__eq__(other) is True or (
            isinstance(other, dict) and _with_lists(self) == _with_lists(other)
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    if not TYPE_CHECKING:
        # Type checkers take these from frozendict and dataclass_transform.

        # So that `make` stays in C all the way: frozendict's own are written in Python.
        __new__ = dict.__new__
        __init__ = dict.__init__

        def get(self, key: str, default: Any = None) -> Any:
            """The JSON value under a wire name or a Python name, or the default."""
            try:
                return self[key]
            except KeyError:
                return default

    # A dict's, so that pprint prints a field a line.
    __repr__ = dict.__repr__

    def copy(self) -> Self:
        """The Model itself, as nothing can change it."""
        return self

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (type(self), dict(self))


def _with_lists(value: Any) -> Any:
    """The value with tuples as lists and Models as plain dicts, all the way down."""
    if isinstance(value, dict):
        return {key: _with_lists(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_with_lists(inner) for inner in value]
    return value


def _remake(model: ModelMeta, values: dict[str, Any]) -> Any:
    """Unpickle: a DTO that was received is given back as it was, right or not."""
    return model.make(values)
