"""The finish that mustache cannot give: no class twice, docstrings within the line length, ruff."""

from __future__ import annotations

import ast
import inspect
import io
import re
import subprocess
import sys
import textwrap
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINE_LENGTH = 110

_QUOTES = '"""'
_SENTENCE_END = re.compile(r'(?<=[.!?])\s+(?=[A-Z0-9"`])')
_PYTHON_BLOCK = re.compile(r"(?<=^```python\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


class GenerationError(Exception):
    """What was generated is not fit for the repository; the message says why in one line or a few."""


def polish(folder: Path) -> None:
    """Finish everything that was generated into a folder.

    Args:
        folder: Holds the generated files, and the `pyproject.toml` that ruff is to follow.

    Raises:
        GenerationError: A file is no Python, defines one name in two ways, or breaks a rule of ruff.
    """
    for path in sorted(folder.rglob("*.py")):
        path.write_text(polished(path.read_text("utf-8"), path.relative_to(folder).as_posix()), "utf-8")
    ruff(folder, "check", "--fix-only", "--quiet")
    ruff(folder, "format", "--quiet")
    ruff(folder, "check", "--quiet")
    for path in sorted(folder.rglob("*.md")):
        path.write_text(polished_page(path.read_text("utf-8"), folder), "utf-8")


def polished(source: str, name: str) -> str:
    """Python source without repeated classes and with its docstrings wrapped.

    Raises:
        GenerationError: The source is no Python, or it defines a class in two ways.
    """
    try:
        return with_wrapped_docstrings(without_repeated_classes(source))
    except (SyntaxError, tokenize.TokenError, GenerationError) as error:
        raise GenerationError(f"{name}: {error}") from error


def polished_page(text: str, folder: Path) -> str:
    """A page of Markdown with its Python formatted and at most one empty line between paragraphs."""
    tidy = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return _PYTHON_BLOCK.sub(lambda block: ruff(folder, "format", "-", text=block.group()), tidy)


def without_repeated_classes(source: str) -> str:
    """The source with each class defined once, where it is met first.

    Raises:
        GenerationError: Two definitions of one name differ.
    """
    lines = source.splitlines(keepends=True)
    kept: dict[str, list[str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            place = slice(node.lineno - 1, node.end_lineno)
            definition = lines[place]
            if kept.setdefault(node.name, definition) is definition:
                continue
            if kept[node.name] != definition:
                raise GenerationError(f"the contract gives {node.name} two meanings")
            lines[place] = [""] * len(definition)
    return "".join(lines)


def with_wrapped_docstrings(source: str) -> str:
    """The source with every docstring laid out anew, within the line length."""
    lines = source.splitlines(keepends=True)
    strings = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.STRING and token.string.startswith(_QUOTES)
    ]
    for token in reversed(strings):
        (first, indent), (last, end) = token.start, token.end
        rest = lines[last - 1][end:]
        laid_out = docstring(token.string.removeprefix(_QUOTES).removesuffix(_QUOTES), indent)
        lines[first - 1 : last] = [" " * indent + laid_out + rest]
    return "".join(lines)


def docstring(text: str, indent: int) -> str:
    """A docstring literal for the text, its first line not indented, the others by so many spaces."""
    opening = "r" + _QUOTES if "\\" in text else _QUOTES
    summary, *lines = re.sub(r"\n{3,}", "\n\n", inspect.cleandoc(text)).splitlines() or [""]
    if not lines and indent + len(opening + summary + _QUOTES) <= LINE_LENGTH:
        return opening + summary + _QUOTES
    sentence, *others = _SENTENCE_END.split(summary, maxsplit=1)
    if others and (not lines or indent + len(opening + summary) > LINE_LENGTH):
        summary, lines = sentence, ["", *others, *lines]
    first, *wrapped = [piece for line in (opening + summary, *lines) for piece in _wrap(line, indent)]
    return "\n".join([first, *(" " * indent + line if line else "" for line in (*wrapped, _QUOTES))])


def _wrap(line: str, indent: int) -> list[str]:
    """A line in as many as it takes; an item of a section hangs from its first line."""
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        LINE_LENGTH - indent,
        subsequent_indent=margin + "    " if margin else "",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def ruff(folder: Path, *arguments: str, text: str | None = None) -> str:
    """What ruff answers, run in a folder with the settings found there.

    Raises:
        GenerationError: Ruff finds fault; the message is its own.
    """
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache"]
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise GenerationError(f"ruff {arguments[0]} finds fault:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
