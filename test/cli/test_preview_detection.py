"""Which way of showing pictures a terminal has, decided from what it says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap.cli.preview.detection import Reply, Way, colours, decide, read_reply

SIXELS = Reply(frozenset({62, 4, 22}))
PLAIN = Reply(frozenset({62, 22}))
XTERM = {"TERM": "xterm-256color"}


def never() -> Reply:
    """Stands for a terminal that must not be asked."""
    raise AssertionError("it was asked")


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        (XTERM | {"TERM_PROGRAM": "ghostty"}, "kitty"),
        (XTERM | {"KITTY_WINDOW_ID": "1"}, "kitty"),
        (XTERM | {"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        (XTERM | {"LC_TERMINAL": "iTerm2"}, "iterm2"),
        (XTERM | {"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        (XTERM | {"WEZTERM_PANE": "0"}, "iterm2"),
        ({"TERM": "wezterm"}, "iterm2"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "foot-extra"}, "sixel"),
        ({"TERM": "mlterm-256color"}, "sixel"),
        (XTERM | {"TERM_PROGRAM": "Apple_Terminal"}, "half-blocks"),
    ],
)
def test_a_terminal_that_names_itself_is_not_asked(environment: dict[str, str], way: str) -> None:
    """The environment is enough for the terminals that set it, and nothing is sent to them to find out."""
    assert decide(environment, never).value == way


@pytest.mark.parametrize(
    "environment",
    [
        XTERM,
        {"TERM": "xterm"},
        {"TERM": "alacritty"},
        {"WT_SESSION": "1"},
        XTERM | {"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.99"},
        XTERM | {"KONSOLE_VERSION": "230804"},
        XTERM | {"VTE_VERSION": "7600"},
    ],
)
def test_the_others_are_asked_whether_they_draw_sixels(environment: dict[str, str]) -> None:
    """A terminal that could be any draws sixels if it answers so, and text otherwise."""
    assert decide(environment, lambda: SIXELS) is Way.SIXEL
    assert decide(environment, lambda: PLAIN) is Way.HALF_BLOCKS
    assert decide(environment, Reply) is Way.HALF_BLOCKS


@pytest.mark.parametrize(
    "inside",
    [{"TMUX": "/run/tmux/default,1,0"}, {"STY": "1.pts-0"}, {"ZELLIJ": "0"}, {"TERM": "screen-256color"},
     {"TERM": "tmux-256color"}],
)  # fmt: skip
@pytest.mark.parametrize(
    "outside",
    [
        {"KITTY_WINDOW_ID": "1"},
        {"TERM_PROGRAM": "iTerm.app"},
        {"LC_TERMINAL": "iTerm2"},
        {"TERM_PROGRAM": "tmux"},
    ],
)
def test_a_multiplexer_shows_text(inside: dict[str, str], outside: dict[str, str]) -> None:
    """In tmux and screen pictures are half-blocks, whatever the terminal around left behind."""
    assert decide(XTERM | outside | inside, never) is Way.HALF_BLOCKS


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "xterm-256color", "TERM_PROGRAM": "vscode", "KITTY_WINDOW_ID": "1"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "vscode", "LC_TERMINAL": "iTerm2"},
        {"TERM": "xterm-256color", "VTE_VERSION": "7600", "KITTY_WINDOW_ID": "1"},
        {
            "TERM": "xterm-256color",
            "XTERM_VERSION": "XTerm(390)",
            "GHOSTTY_RESOURCES_DIR": "/usr/share/ghostty",
        },
        {"TERM": "xterm-256color", "KONSOLE_VERSION": "230804", "WEZTERM_PANE": "1"},
    ],
)
def test_what_another_terminal_left_behind_does_not_count(environment: dict[str, str]) -> None:
    """A terminal that was started from kitty inherits its variables, and is asked all the same."""
    assert decide(environment, lambda: PLAIN) is Way.HALF_BLOCKS
    assert decide(environment, lambda: SIXELS) is Way.SIXEL


def test_term_is_believed_before_what_is_inherited() -> None:
    """A kitty that was started from another terminal is one: TERM is its own, the rest need not be."""
    environment = {"TERM": "xterm-kitty", "TERM_PROGRAM": "iTerm.app", "VTE_VERSION": "7600"}
    assert decide(environment, never) is Way.KITTY


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TERM": ""},
        {"TERM": "dumb"},
        {"TERM": "dumb", "COLORTERM": "truecolor"},
        {"TERM": "vt100"},
        {"TERM": "xterm-kitty", "NO_COLOR": "1"},
        {"TERM": "xterm-256color", "TMUX": "1", "NO_COLOR": "1"},
    ],
)
def test_nothing_is_shown_where_colours_are_not_to_be_had(environment: dict[str, str]) -> None:
    """A terminal without colours, and somebody who wants none, get no picture; and no question is sent."""
    assert decide(environment, never) is Way.NOTHING


def test_an_empty_no_color_forbids_nothing() -> None:
    """NO_COLOR counts if it is not empty, as no-color.org has it."""
    assert decide({"TERM": "xterm-kitty", "NO_COLOR": ""}, never) is Way.KITTY


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 1 << 24),
        ({"TERM": "tmux-256color", "COLORTERM": "24bit"}, 1 << 24),
        ({"TERM": "xterm-direct"}, 1 << 24),
        ({"WT_SESSION": "1"}, 1 << 24),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "eterm-256color", "COLORTERM": "yes"}, 256),
        ({"TERM": "linux"}, 256),
        ({"TERM": "vt220"}, 0),
        ({"COLORTERM": "truecolor"}, 0),
    ],
)
def test_colours_are_as_many_as_the_terminal_has(environment: dict[str, str], count: int) -> None:
    """24 bits where that is said, 256 colours where the name says so, else none."""
    assert colours(environment) == count


def test_an_answer_is_read() -> None:
    """Attributes and the size of a cell are found, height before width as they are sent."""
    assert read_reply(b"\x1b[6;20;10t\x1b[?62;4;22c") == (Reply(frozenset({62, 4, 22}), (10, 20)), b"")
    assert read_reply(b"\x1b[?6c") == (Reply(frozenset({6})), b"")
    assert read_reply(b"\x1b[?62;c") == (Reply(frozenset({62})), b"")
    assert read_reply(b"\x1b[6;0;0t\x1b[?1;2c") == (Reply(frozenset({1, 2})), b"")


@given(
    st.binary(max_size=8).filter(lambda keys: b"\x1b" not in keys),
    st.binary(max_size=8).filter(lambda keys: b"\x1b" not in keys),
)
def test_keys_are_told_from_the_answer(before: bytes, between: bytes) -> None:
    """What somebody typed while the terminal answered comes out as it went in, in its order."""
    received = before + b"\x1b[6;20;10t" + between + b"\x1b[?62;4c"
    assert read_reply(received) == (Reply(frozenset({62, 4}), (10, 20)), before + between)


@pytest.mark.parametrize("end", range(len(b"\x1b[?62;4c")))
def test_an_answer_that_has_only_begun_is_no_key(end: int) -> None:
    """Half an answer is no answer yet, and is not taken for typing."""
    assert read_reply(b"ls" + b"\x1b[?62;4c"[:end]) == (None, b"ls")
