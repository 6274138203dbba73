"""Sets of colors that go together, from the top of a sky down to what is nearest."""

from typing import Final, NamedTuple


class Palette(NamedTuple):
    """Colors as Pillow reads them. `dark` says that the sky is dark enough for stars."""

    top: str
    middle: str
    horizon: str
    light: str
    far: str
    near: str
    dark: bool


PALETTES: Final = (
    Palette("#1b1b4b", "#6b2d73", "#f0786e", "#ffe3b3", "#8a4a7d", "#160f2e", dark=True),
    Palette("#3a7bd5", "#9cc9ee", "#fdf1dc", "#fffbe8", "#7fa3c4", "#1d3a52", dark=False),
    Palette("#0b1d3a", "#17476b", "#5fb3b3", "#f4ffe6", "#2f6f82", "#06151f", dark=True),
    Palette("#f2709c", "#ff9472", "#ffe0b5", "#fff8e1", "#c9657f", "#3d1c3f", dark=False),
    Palette("#2c1a4d", "#5b3a8e", "#b993d6", "#fdeaff", "#6f559c", "#150b2b", dark=True),
    Palette("#4a90a4", "#a8d5ba", "#fdf3c7", "#fffdf0", "#6fa58c", "#17352f", dark=False),
    Palette("#0f2027", "#203a43", "#d98e5f", "#ffd9a0", "#4d5b5f", "#0a1215", dark=True),
    Palette("#e96443", "#f7a072", "#ffe8c9", "#fff6dd", "#b4563c", "#3a1413", dark=False),
    Palette("#141e46", "#41318c", "#ff6f91", "#ffd6c9", "#5f3f94", "#0c0a2a", dark=True),
    Palette("#6a85b6", "#bac8e0", "#f8e9ec", "#ffffff", "#8c9cbf", "#2a3350", dark=False),
    Palette("#00263f", "#00606b", "#8fd694", "#f6ffd9", "#17707a", "#001a24", dark=True),
    Palette("#8e5ea2", "#e0a3c0", "#ffe9dc", "#fff9f0", "#a272a4", "#33204a", dark=False),
)
