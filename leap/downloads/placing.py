"""Placing: how a whole file gets its name, without a moment at which something else has it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def place(path: Path, target: Path, *, overwrite: bool, link: Callable[[Path, Path], None] = os.link) -> Path:
    """Give a file beside its target the target's name, and give that.

    Args:
        path: The file; it may be there afterwards, under both names.
        target: The name.
        overwrite: Replace what has the name.
        link: What makes a hard link.

    Raises:
        FileExistsError: Something has the name and is not to be replaced.
        OSError: The system does not let it.
    """
    if overwrite:
        return path.replace(target)
    try:
        # Whole under its name or not there, whatever moment an interrupt or a kill chooses.
        link(path, target)
    except FileExistsError:
        raise there_already(target) from None
    except OSError:
        if not path.exists():
            raise
        # A file system without links.
        return _replace_placeholder(path, target)
    return target


def there_already(target: Path) -> FileExistsError:
    """The error for a name that is taken, which says what to do."""
    return FileExistsError(errno.EEXIST, "the file is there already; overwrite=True replaces it", str(target))


def _replace_placeholder(path: Path, target: Path) -> Path:
    try:
        # Nobody else can take the name after this.
        target.open("xb").close()
    except FileExistsError:
        raise there_already(target) from None
    try:
        return path.replace(target)
    except BaseException:
        # Not the file itself, if it was an interrupt that came just after.
        if path.exists():
            target.unlink()
        raise
