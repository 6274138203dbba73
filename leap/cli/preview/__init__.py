"""Preview: shows pictures inside a terminal, by the best way that it has.

`detection` and `layout` decide and do no I/O; `kitty`, `iterm2`, `sixel` and `half_blocks` turn a picture
into what a terminal reads; `terminal` asks the terminal, `pictures` opens files, and `showing` does it all.

Pictures go to standard error's terminal: standard output is for the paths. Pillow is imported when the first
picture is shown.
"""

from leap.cli.preview.showing import show

__all__ = ["show"]
