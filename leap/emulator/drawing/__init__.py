"""The renderer that comes with the emulator: scenes from the seed, with the prompt on them."""

from leap.emulator.drawing.picture import draw

__all__ = ["draw"]
