"""Jobs as notebooks show them: a job with its pictures, several as a contact sheet.

The names of the classes of this package that notebooks look for lead here (`leap.schemas.showing`), so a
notebook has nothing to import. `leap.notebook.gallery` makes a page of pictures that stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leap.notebook.cards import html_of
from leap.notebook.pictures import png_of
from leap.schemas.showing import ShownTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["contact_sheet", "html_of", "png_of"]


def contact_sheet(jobs: Iterable[object]) -> ShownTuple:
    """Give jobs as a tuple that a notebook shows as a contact sheet, as it does the body of `find_all`."""
    return ShownTuple(jobs)
