"""Multipart: what stands around the parts of a form on the wire (RFC 7578, and HTML's form submission).

Pure, and our own: urllib3's `encode_multipart_formdata` makes one string of bytes of everything, which for a
hundred pictures is gigabytes, and the encoders that stream belong to other HTTP clients.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST_NAME: Final = 200  # bytes, with room for what a server puts around it
# They end the name, or the header, for one reader or another. HTML has %-escapes for three of them.
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


def text_head(boundary: str, name: str) -> bytes:
    """What comes before a text."""
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{_safe(name)}"\r\n\r\n'.encode()


def file_head(boundary: str, name: str, file_name: str, content_type: str) -> bytes:
    """What comes before the bytes of a file, whose name is one that `file_name_of` gives."""
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_safe(name)}"; filename="{file_name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    ).encode()


def end(boundary: str) -> bytes:
    """What comes after the last part."""
    return f"--{boundary}--\r\n".encode()


def file_name_of(name: str, otherwise: str) -> str:
    """A name as it may stand in a header and as a server can use it: no folder, no control character.

    Args:
        name: What the file is called; may be a path of any system.
        otherwise: What it is called if nothing is left of the name.
    """
    base = re.split(r"[/\\]", name)[-1]
    # What is no Unicode text in the name of a file (Python has surrogates for it) cannot be said in a header.
    plain = _safe(base.encode("utf-8", "replace").decode())
    if plain.strip(". ") == "":
        return otherwise
    stem, dot, suffix = plain.rpartition(".")
    if len(plain.encode()) <= _LONGEST_NAME:
        return plain
    kept = f"{dot}{suffix}" if dot and len(suffix) <= _LONGEST_SUFFIX else ""
    room = _LONGEST_NAME - len(kept.encode())
    return (stem if kept else plain).encode()[:room].decode(errors="ignore") + kept


_LONGEST_SUFFIX: Final = 10


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"%{ord(found.group()):02X}", text)
