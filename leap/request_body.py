"""RequestBody: the checked fields of a request as what is sent, JSON or a form with files.

Pure, like `leap.operation`: the files of a form are looked at and opened by a function that is given.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from leap.options import FORM, JSON, extra_body_fields, text_of, upload_progress
from leap.schemas.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leap.schemas import Model
    from leap.uploads.form import Form

    OpenForm: TypeAlias = Callable[
        [Form, Callable[[int, int | None], object] | None, list[Fault]], "StreamedBody"
    ]
    """Makes of a form, and of who is told of its progress, a body; the list takes faults of the files."""


class StreamedBody(Protocol):
    """A body that is sent piece by piece. Iterating begins anew each time, for each attempt."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What says where it ends."""
        ...

    @property
    def can_be_repeated(self) -> bool:
        """Whether it can be iterated (once more)."""
        ...

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """Give the pieces."""
        ...


class RequestBody:
    """What the body of an operation's requests has to be, and how it is sent."""

    def __init__(self, model: type[Model] | None, content_type: str) -> None:
        """A body that a DTO describes, or with None one that may only have further fields."""
        if content_type not in (JSON, FORM):
            raise ValueError(f"a body cannot be sent as {content_type}")
        self._model = model
        self._encode = self._as_form if content_type == FORM else self._as_json

    def encode(
        self,
        values: dict[str, Any],
        options: Mapping[str, Any],
        faults: list[Fault],
        open_form: OpenForm | None = None,
    ) -> bytes | StreamedBody | None:
        """The body as it is sent; None if there is none, or a fault.

        Args:
            values: The fields by their wire names.
            options: The options of the call.
            faults: Takes what is wrong.
            open_form: Looks at the files of a form, and makes of it what can be sent.
        """
        return self._encode(values, options, faults, open_form)

    def _as_json(
        self, values: dict[str, Any], options: Mapping[str, Any], faults: list[Fault], _: OpenForm | None
    ) -> bytes | None:
        if self._model is not None and not self._is_right(values):
            faults.extend(self._faults(values))
        extra = extra_body_fields(options, faults) if options else {}
        if faults or (self._model is None and not extra):
            return None
        try:
            return self._encoder({**values, **extra} if extra else values)
        except UnicodeEncodeError:
            # msgspec does not look for halves of surrogate pairs when it checks a string; the walk does.
            faults.extend(self._faults(values))
            problem = "holds half a surrogate pair, needs Unicode text"
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            problem = f"cannot be sent as JSON: {error}"
        if not faults:
            faults.append(Fault(("extra_body" if extra else "body",), problem))
        return None

    def _as_form(
        self,
        values: dict[str, Any],
        options: Mapping[str, Any],
        faults: list[Fault],
        open_form: OpenForm | None,
    ) -> StreamedBody | None:
        from leap.uploads.form import form_of

        assert self._model is not None  # noqa: S101 - a form has a DTO
        # A form has no way to say that there is a list, and nothing in it.
        given = {wire: value for wire, value in values.items() if value not in ([], ())}
        faults.extend(self._faults(given))
        extra = extra_body_fields(options, faults)
        on_progress = upload_progress(options, faults)
        form = form_of({**given, **extra}, self._model.rule, self._python_names, faults)
        return None if open_form is None else open_form(form, on_progress, faults)

    def _faults(self, values: dict[str, Any]) -> list[Fault]:
        if self._model is None:
            return []
        return [fault.renamed(self._python_names) for fault in self._model.rule.faults(values, ())]

    @cached_property
    def _encoder(self) -> Callable[[Any], bytes]:
        import msgspec

        # A Decimal is sent with all of its digits.
        return msgspec.json.Encoder(decimal_format="number", enc_hook=_plain).encode

    @cached_property
    def _is_right(self) -> Callable[[Any], bool]:
        from leap.schemas.reading import checker_of

        assert self._model is not None  # noqa: S101 - asked for only where there is a body
        return checker_of(self._model.rule, exact=True)

    @cached_property
    def _python_names(self) -> Mapping[str, str]:
        if self._model is None:
            return {}
        return {wire: field.name for wire, field in self._model.rule.fields.items()}


def _plain(value: object) -> object:
    """For msgspec: the string or number in an object of a subclass, as NumPy's numbers are."""
    for kind in (float, int, Decimal):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, str):
        return text_of(value)
    raise TypeError(f"a {type(value).__name__} is no JSON value")
