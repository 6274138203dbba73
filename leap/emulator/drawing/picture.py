"""Pictures: a landscape or a pattern from the seed, the prompt written on it, as a PNG.

The same request and index give the same bytes, with one version of Pillow. No loop in Python runs
over pixels: gradients are stretched from a strip, shapes are polygons, glows are Pillow's own.
"""

import hashlib
import json
import random
from io import BytesIO
from typing import Final

from PIL.Image import Image
from PIL.PngImagePlugin import PngInfo

from leap.emulator.drawing.lettering import write_caption
from leap.emulator.drawing.scenery import paint_scene
from leap.emulator.image_request import ImageRequest

_COMPRESSION: Final = 4  # half the time of Pillow's 6 for a twentieth more bytes


def draw(request: ImageRequest, index: int) -> bytes:
    """Give the PNG of the picture at `index` (from 0) of a job, of exactly the size asked for.

    Everything asked for but the size and the webhook takes part in what is drawn; the size decides only how
    much of it there is to see. Any text can be a prompt.
    """
    chance = random.Random(_digest(request, index))  # noqa: S311 - pictures, not secrets
    image = paint_scene(chance, (request.width, request.height))
    details = f"seed {_short(request.seed)}  ·  {index + 1} of {request.number_of_images}"
    write_caption(image, request.prompt, details)
    return _png(image, request, index)


def _digest(request: ImageRequest, index: int) -> bytes:
    """Boil down what the picture depends on; written as JSON, half a surrogate pair does no harm."""
    known = [
        request.prompt,
        request.negative_prompt,
        request.steps,
        request.prompt_strength,
        request.seed,
        index,
    ]
    return hashlib.sha256(json.dumps(known).encode("ascii")).digest()


def _short(seed: float) -> str:
    text = str(seed)
    return text if len(text) <= 20 else text[:19] + "…"  # noqa: PLR2004 - what fits beside the rest


def _png(image: Image, request: ImageRequest, index: int) -> bytes:
    """Write the PNG, with text chunks that say what it is; the prompt is JSON there, for safety."""
    text = PngInfo()
    text.add_text("Software", "leap.emulator")
    text.add_text("Comment", "Drawn by the emulator of the Leap API. No model was involved.")
    text.add_itxt("Description", json.dumps(request.prompt[:2000]))
    text.add_text("Seed", str(request.seed))
    text.add_text("Position", str(index))
    buffer = BytesIO()
    image.save(buffer, "PNG", pnginfo=text, compress_level=_COMPRESSION)
    return buffer.getvalue()
