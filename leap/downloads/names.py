"""Names: how the file of a picture is called. It never leads out of its directory."""

from __future__ import annotations

import re
from string import Formatter
from typing import Final

from leap.exceptions import ApiValueError

_FIELDS: Final = ("id", "index", "ext")
_LONGEST_ID = 100
_LONGEST_NAME = 200  # bytes; file systems take 255, and the temporary file's name is longer
# Windows takes these for devices, whatever comes after the dot, and passes over blanks before it.
_DEVICES: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)", re.IGNORECASE
)
_FORBIDDEN: Final = re.compile(r'[/\\\x00-\x1f\x7f<>:"|?*]')


class FileNames:
    """The names of the files of one job, from a template."""

    def __init__(self, template: str, job_id: str, count: int) -> None:
        """Take the template, the id of the job and how many pictures there are.

        Raises:
            ApiValueError: The template has other fields, leads out of its directory, or names files alike.
        """
        self._template = template
        # The id comes from a server, and may hold anything.
        self._id = re.sub(r"[^A-Za-z0-9_-]+", "_", job_id)[:_LONGEST_ID].lstrip("-") or "_"
        if _DEVICES.match(self._id):
            self._id = f"_{self._id}"
        fields = _fields_of(template)
        if count > 1 and "index" not in fields:
            raise ApiValueError(
                f"name: {template!r} calls all {count} pictures the same; put {{index}} into it"
            )
        taken: set[str] = set()
        for index in range(1, count + 1):
            name = self.name(index, ".webp")
            problem = _problem_of(name)
            # Some systems do not tell capitals apart. A format like {index!s:.1} drops what does.
            if not problem and name.casefold() in taken:
                problem = "calls several pictures the same"
            if problem:
                raise ApiValueError(f"name: {template!r} {problem}")
            taken.add(name.casefold())

    def name(self, index: int, ext: str) -> str:
        """The name of a picture's file, counted from 1, with a suffix that has its dot."""
        return self._template.format(id=self._id, index=index, ext=ext)


def _fields_of(template: str) -> set[str]:
    try:
        parsed = [
            (field, form or "", conversion)
            for _, field, form, conversion in Formatter().parse(template)
            if field is not None
        ]
        fields = {field for field, _, _ in parsed}
        # Fields within fields are not known either.
        unknown = sorted({*fields, *("{" for _, form, _ in parsed if "{" in form)} - set(_FIELDS))
        if not unknown:
            template.format(id="", index=1, ext="")
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ApiValueError(f"name: {template!r} is no template: {error}") from None
    if unknown:
        raise ApiValueError(
            f"name: {template!r} has {{{unknown[0]}}}; there are {{id}}, {{index}} and {{ext}}"
        )
    if any(field == "ext" and (form or conversion) for field, form, conversion in parsed):
        # What a picture is turns out too late to say that another suffix, filled up, makes no name.
        raise ApiValueError(f"name: {template!r} has a format for {{ext}}, which is taken as it is")
    return fields


def _problem_of(name: str) -> str:
    """What is wrong with a file name, on any system; empty if nothing is."""
    try:
        # As it is for the system: what is no text there is no name either.
        length = len(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return "has half of a surrogate pair, which is no character"
    if _FORBIDDEN.search(name):
        return "has a character that a file name must not have; the directory is an argument of its own"
    if name.strip(". ") == "" or name != name.rstrip(". "):
        return "is no file name: it is empty, or ends in a dot or a space"
    if _DEVICES.match(name):
        return "is the name of a device on Windows"
    if length > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} bytes"
    return ""
