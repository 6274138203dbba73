"""Sample pictures: whether what was brought is a picture at all, and of which type."""

from collections.abc import Iterator, Sequence
from typing import Final

from PIL import Image
from starlette.datastructures import UploadFile

from leap.emulator.errors import Refusal

_MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def read_samples(files: Sequence[tuple[str, UploadFile]]) -> Iterator[tuple[bytes, str]]:
    """Give the bytes and the media type of each picture, one after another.

    `files` are what people call each, and the file. To be called on a thread that may wait for a disk.

    Raises:
        Refusal: With status 400, at once: some are no pictures.
    """
    types = [_media_type(upload) for _, upload in files]
    faults = [
        f"{called} must be a picture: PNG, JPEG or WebP"
        for (called, _), media_type in zip(files, types, strict=True)
        if media_type is None
    ]
    if faults:
        raise Refusal(400, faults)
    return (
        (upload.file.read(), media_type)
        for (_, upload), media_type in zip(files, types, strict=True)
        if media_type is not None
    )


def _media_type(upload: UploadFile) -> str | None:
    """Tell what a picture is by its beginning, whatever it is called; None if it is none."""
    try:
        with Image.open(upload.file, formats=tuple(_MEDIA_TYPES)) as picture:
            found = picture.format
    except Exception:  # noqa: BLE001 - there is no end to what bytes can make of a decoder
        return None
    finally:
        upload.file.seek(0)
    return _MEDIA_TYPES.get(found or "")
