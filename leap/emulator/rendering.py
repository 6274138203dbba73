"""Renderers: what draws the pictures, named `module:callable` on the command line."""

import importlib
import os
import sys
from typing import Final, Protocol, cast

from leap.emulator.image_request import ImageRequest

_PNG: Final = b"\x89PNG\r\n\x1a\n"


class Renderer(Protocol):
    """Anything that can be called with an image request and the position of a picture, and gives a PNG.

    It is called on one thread of its own, one picture after another. If it raises, or gives what is no
    PNG, the job fails and the reason is kept.
    """

    def __call__(self, request: ImageRequest, index: int, /) -> bytes:
        """Draw the picture at `index`, counted from 0, and give the bytes of its PNG."""
        ...


class RendererError(Exception):
    """A renderer cannot be loaded, or gave what is no picture."""


def render(renderer: Renderer, request: ImageRequest, index: int) -> bytes:
    """Let a renderer draw, and see that it has.

    Raises:
        RendererError: What it gave is no PNG.
        Exception: Whatever the renderer raises.
    """
    png = renderer(request, index)
    # The annotation promises bytes; the renderer of somebody else may not keep it.
    given: object = png
    if not isinstance(given, bytes):
        raise RendererError(f"the renderer gave {type(given).__name__} for picture {index}, not bytes")
    if not png.startswith(_PNG):
        raise RendererError(f"the renderer gave {len(png)} bytes for picture {index} that are no PNG")
    return png


def load_renderer(name: str) -> Renderer:
    """Import a renderer by its name, "module:callable"; the working directory is searched as well.

    Raises:
        RendererError: There is no such module or callable, with the reason.
    """
    module_name, colon, path = name.partition(":")
    if not colon or not module_name or not path:
        raise RendererError(f"{name!r} names no renderer, which is written module:callable")
    folder = os.getcwd()  # noqa: PTH109 - sys.path holds strings
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:
        raise RendererError(
            f"the renderer's module {module_name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    for attribute in path.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise RendererError(f"the module {module_name} has no {path}") from None
    if not callable(found):
        raise RendererError(f"{name} is no callable, but {type(found).__name__}")
    return cast("Renderer", found)
