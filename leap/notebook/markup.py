"""Markup: text and addresses of anybody's, made harmless in HTML."""

from __future__ import annotations

import re
from html import escape

# Control characters but tab and the ends of lines, and halves of surrogate pairs, which no page can hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# Pictures in the address itself. Not SVG: what is no more than pixels will do.
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=]+\Z")


def text(value: str, most: int | None = None) -> str:
    """Text as HTML, for an element or a quoted attribute; cut short if it has more than `most` characters."""
    if most is not None and len(value) > most:
        value = f"{value[: most - 1]}…"
    return escape(_UNFIT.sub("\ufffd", value))


def page_address(url: str) -> str | None:
    """An address of http or https as HTML, to link to; None for any other."""
    is_web = url.lower().startswith(("http://", "https://"))
    # A space or a line break would be mended by browsers in ways of their own.
    return escape(url) if is_web and url.isprintable() and " " not in url else None


def picture_address(url: str) -> str | None:
    """The address of a picture as HTML: of http or https, or one that holds the picture; else None."""
    return escape(url) if _EMBEDDED.match(url) else page_address(url)
