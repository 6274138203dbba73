"""The parts of a page, each of which can be put in place anew while the page is open."""

import zlib
from dataclasses import dataclass
from typing import Any, Self

from markupsafe import Markup

from leap.emulator.gallery.markup import render


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a page, not rendered yet.

    Attributes:
        id: The element's id.
        version: Differs when what the element shows differs.
        template: The file under templates/parts/ that renders it.
        values: What the template gets to know.
    """

    id: str
    version: str
    template: str
    values: dict[str, Any]

    @classmethod
    def of(cls, id: str, template: str, key: object, **values: Any) -> Self:  # noqa: A002 - the element's
        """Make one whose look follows from `key`, a value with a `repr` that tells all of it."""
        return cls(id, f"{zlib.crc32(repr(key).encode(errors='surrogatepass')):08x}", template, values)

    def html(self) -> Markup:
        """Render it."""
        return render(f"parts/{self.template}", id=self.id, version=self.version, **self.values)


@dataclass(frozen=True, slots=True)
class Content:
    """What a page shows at one time.

    Attributes:
        parts: The elements that are always there.
        items: What the page lists, in this order.
        provisional: Some of it may be a moment old; look again soon.
    """

    parts: tuple[Part, ...]
    items: tuple[Part, ...] = ()
    provisional: bool = False
