"""How the pages look: any text as text, at any width, light and dark, for anyone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap.emulator import Emulator

MARKUP = "<img src=x onerror=window.ran=1><script>window.ran=1</script><b>bold</b> &amp; {{ 1 + 1 }}"
RIGHT_TO_LEFT = "قطة تجلس على سطح المنزل"
EMOJI = "🦊👩‍👩‍👧 in the snow"
PAGES = ["/", "/?state=failed", "/jobs/{id}", "/webhooks", "/faults", "/jobs/none"]

CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const over = (colours) => {  // from the ground up
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (rgb) => rgb
        .map((each) => each / 255)
        .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
        .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
        const text = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
        if (!text.length || !element.checkVisibility() || element.closest(".unseen, .skip")) continue;
        const grounds = [];
        for (let each = element; each; each = each.parentElement)
            grounds.unshift(getComputedStyle(each).backgroundColor);
        const ground = luminance(over(grounds));
        const ink = luminance(over([...grounds, getComputedStyle(element).color]));
        const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
        found.push([contrast, element.className + ": " + text[0].data.trim().slice(0, 40)]);
    }
    return found;
}"""


@pytest.fixture
def full(emulator: Emulator, ended: Callable[..., str]) -> Callable[[str], str]:
    """An emulator with something on every page; gives the address of one of `PAGES`."""
    hook = "http://127.0.0.1:9/" + "a-very-long-path" * 20
    ended("[fail: " + "a-reason-without-a-space" * 20 + "]", webhook_url=hook)
    ended("x" * 3000, negative_prompt="y" * 3000, model_id="z" * 200, seed=2**53)
    job_id = ended(MARKUP, webhook_url=hook, number_of_images=3, width=256)
    emulator.faults.add(path="/" + "long" * 60, status=503, headers={"X-" + "h" * 90: "v" * 90}, times=9)
    emulator.faults.add(body="missing", fields=("f" * 200,), skip=3)
    return lambda page: emulator.url + page.format(id=job_id)


@pytest.mark.parametrize("prompt", [MARKUP, RIGHT_TO_LEFT, EMOJI])
def test_a_prompt_is_shown_as_text(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str], prompt: str
) -> None:
    """Markup, right-to-left text and emoji are text, whether loaded with the page or sent later."""
    page = open_page(emulator.url)
    job_id = ended(prompt, model_id=prompt.replace("/", ""))
    expect(page.locator(".card-link")).to_have_text(prompt)
    page.reload()
    expect(page.locator(".card-link")).to_have_text(prompt)
    page.get_by_role("button", name="Delete the job").click()
    expect(page.locator("#subject")).to_have_text(prompt)
    page.keyboard.press("Escape")
    page.goto(f"{emulator.url}/jobs/{job_id}")
    expect(page.locator(".parameters dd").first).to_have_text(prompt)
    expect(page.locator("main b, main img[src=x], main script")).to_have_count(0)
    assert page.evaluate("window.ran") is None


def test_right_to_left_text_runs_from_right_to_left(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """The direction follows the prompt, and that of the rest of the card does not."""
    ended(RIGHT_TO_LEFT)
    page = open_page(emulator.url)
    directions = "selector => getComputedStyle(document.querySelector(selector)).direction"
    assert page.evaluate(directions, ".card .prompt") == "rtl"
    assert page.evaluate(directions, ".card-foot") == "ltr"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_window(
    open_page: Callable[..., Page], full: Callable[[str], str], path: str, width: int
) -> None:
    """From a phone's width on nothing needs to be scrolled sideways, however long its words are."""
    is_missing = path.endswith("none")
    page = open_page(
        full(path),
        viewport={"width": width, "height": 800},
        java_script_enabled=not is_missing,
        may_complain=is_missing,
    )
    for details in page.locator("summary").all():
        details.click()
    assert page.locator("html").evaluate("root => root.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES[:-1])
def test_text_can_be_read(
    open_page: Callable[..., Page], full: Callable[[str], str], path: str, scheme: str
) -> None:
    """All text has a contrast of at least 4.5 to its ground (WCAG 2.2, 1.4.3), light or dark."""
    page = open_page(full(path), color_scheme=scheme)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 10
    assert [each for each in found if each[0] < 4.5] == []


def test_the_chosen_filter_is_in_sight_on_a_phone(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """The row of states is scrolled to the one that was chosen, and stays there when a count changes."""
    page = open_page(f"{emulator.url}/?state=failed", viewport={"width": 360, "height": 800})
    chosen = page.locator("#filters [aria-current]")
    expect(chosen).to_be_in_viewport(ratio=1)
    ended("[fail]")
    expect(chosen).to_have_text(re.compile("failed 1"))
    expect(chosen).to_be_in_viewport(ratio=1)


def test_dark_is_dark(open_page: Callable[..., Page], emulator: Emulator) -> None:
    """The pages follow the system's choice of light or dark."""
    grounds = [
        open_page(emulator.url, color_scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(246, 246, 244)", "rgb(15, 16, 18)"]


def test_nothing_moves_for_who_wants_no_motion(open_page: Callable[..., Page], emulator: Emulator) -> None:
    """With reduced motion no animation runs; without, the mark of a job at work turns."""
    moving = "getComputedStyle(document.querySelector('.turns')).animationName"
    assert open_page(emulator.url, reduced_motion="reduce").evaluate(moving) == "none"
    assert open_page(emulator.url).evaluate(moving) == "turn"


@pytest.mark.parametrize("path", PAGES[:-1])
def test_everything_has_a_name(open_page: Callable[..., Page], full: Callable[[str], str], path: str) -> None:
    """Every button and link has a name, every picture an alternative text and a size, and ids are unique."""
    page = open_page(full(path))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("a, button, summary, [role=region], nav")].filter(
            (each) => !(each.ariaLabel ?? each.querySelector("img")?.alt ?? each.textContent).trim()
        ).map((each) => each.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("img:not([alt]), img:not([width]), img:not([height])").count() == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_state_is_told_by_word_and_shape(
    open_page: Callable[..., Page], full: Callable[[str], str]
) -> None:
    """No state is told by its colour alone: each has its word, and a picture that no other state has."""
    page = open_page(full("/"))
    shapes = page.locator("#filters a").evaluate_all(
        "links => links.map(each => each.querySelector('svg').innerHTML)"
    )
    assert len(set(shapes)) == len(shapes) == 5
    expect(page.locator(".card .state")).to_have_text(["finished", "finished", "failed"])


def test_nothing_jumps_when_the_pictures_come(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """Cards are as high before their pictures are loaded as after."""
    for _ in range(3):
        ended(width=256)
    page = open_page("about:blank", java_script_enabled=False, may_complain=True)
    page.route("**/pictures/*", lambda route: route.abort())
    page.goto(emulator.url)
    height = "document.querySelector('.card').getBoundingClientRect().height"
    without = page.evaluate(height)
    page.unroute("**/pictures/*")
    page.goto(emulator.url)
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth)")
    assert page.evaluate(height) == without
