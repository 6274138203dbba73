"""Which paths a fault is for: `*` is one segment or a part of one, `**` any number of segments.

A path is split at its slashes as it was sent and compared segment by segment, each percent-decoded. So
`/my%20model` and `/my model` are the same pattern, and a %2F in the id of a model is no slash.
"""

import functools
import re
from urllib.parse import quote, unquote_to_bytes


def faults_of_pattern(pattern: str) -> list[str]:
    """Name what is wrong with a pattern."""
    if not pattern.startswith("/"):
        return ["path must begin with a slash"]
    if "?" in pattern:
        return ["path must be without a query; a question mark in it is %3F"]
    if any("**" in segment and segment != "**" for segment in pattern.split("/")):
        return ["path must have ** alone between slashes"]
    try:
        pattern.encode()
    except UnicodeEncodeError:
        return ["path must be text that UTF-8 can write"]
    return []


def matches(pattern: str, path: str) -> bool:
    """Tell whether a path, still percent-encoded and without its query, is one that the pattern means."""
    return _expression(pattern).fullmatch(_canonical(path)) is not None


@functools.lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    text = ""
    previous = ""
    for segment in pattern.split("/")[1:]:
        if segment == "**":
            # Two in a row mean what one means, and would only take longer.
            text += "" if previous == "**" else "(?:/[^/]*)*"
        elif segment == "*":
            text += "/[^/]+"
        else:
            text += "/" + "[^/]*".join(re.escape(_canonical(part)) for part in segment.split("*"))
        previous = segment
    return re.compile(text)


def _canonical(path: str) -> str:
    """Give the one spelling of a path among all that mean the same."""
    return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in path.split("/"))
