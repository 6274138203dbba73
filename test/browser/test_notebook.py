"""Jobs in the output of a notebook, and the page of pictures, in a real Chromium."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect

from leap.notebook import html_of
from leap.notebook.gallery import GalleryPicture, pictures_of, write_gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from leap import Leap

MARKUP = "<img src=x onerror=window.ran=1><script>window.ran=1</script><b>bold</b> &amp; </style></p>"
RIGHT_TO_LEFT = "قطة تجلس على سطح المنزل"
EMOJI = "🦊👩‍👩‍👧 in the snow"
OVERRIDE = "left \u202etfel\u2066 right"

# What stands around the output of a cell, as far as it matters: its colours are not those of the system.
CELL = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<body style="margin: 0; padding: 12px; background: {ground}; color: {ink}">
<div>{output}</div><p id="after">after</p>"""
THEMES = {"light": ("#ffffff", "rgba(0, 0, 0, .87)"), "dark": ("#111111", "rgba(255, 255, 255, .87)")}

# Of text that inherits its colour and may be faded, on the ground of the body.
FAINTEST = """() => Math.min(...[...document.querySelectorAll(".leap-output *")].map((element) => {
    let opacity = 1;
    for (let each = element; each; each = each.parentElement) opacity *= getComputedStyle(each).opacity;
    return opacity;
}))"""

# The address that the policy of a page has stopped a picture at; null if something else has.
STOPPED = """() => new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", (event) => resolve(event.blockedURI));
    const onerror = () => setTimeout(resolve, 1000, null);
    document.body.append(Object.assign(new Image(), {onerror, src: "https://pictures.test/1.png"}));
})"""


class Opened(NamedTuple):
    """What a page has asked for and complained of."""

    hosts: set[str]
    complaints: list[str]


@pytest.fixture
def seen() -> Opened:
    """What all pages of a test have asked for."""
    return Opened(set(), [])


@pytest.fixture
def new_page(browser: Browser, seen: Opened) -> Iterator[Callable[..., Page]]:
    """Makes an empty page."""
    with ExitStack() as stack:

        def new_page(**settings: Any) -> Page:
            context = browser.new_context(**settings)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("request", lambda request: seen.hosts.add(urlsplit(request.url).netloc))
            page.on("console", lambda message: seen.complaints.append(message.text))
            page.on("pageerror", lambda error: seen.complaints.append(str(error)))
            return page

        yield new_page


@pytest.fixture
def show(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Shows jobs the way a notebook does."""

    def show(shown: object, *, theme: str = "light", **settings: Any) -> Page:
        page = new_page(**settings)
        ground, ink = THEMES[theme]
        page.set_content(CELL.format(ground=ground, ink=ink, output=html_of(shown)))
        return page

    return show


@pytest.fixture
def job_of(client: Leap, ended: Callable[..., str]) -> Callable[..., Any]:
    """Makes a job that has ended, and gives it."""

    def job_of(prompt: str, **parameters: Any) -> Any:
        job_id = ended(prompt, **parameters)
        return client.generate_images.find_one(model_id="any", inference_id=job_id).body

    return job_of


@pytest.fixture
def jobs(job_of: Callable[..., Any]) -> list[Any]:
    """Jobs of all kinds, with words of any length."""
    return [
        job_of("a fox", number_of_images=4),
        job_of("x" * 3000, negative_prompt="y" * 3000, seed=2**53),
        job_of("broad " * 40, width=256),
        job_of(RIGHT_TO_LEFT, height=256, number_of_images=3),
        job_of("[fail: " + "a-reason-without-a-space" * 20 + "]"),
        {"state": "z" * 300, "images": [{"uri": "javascript:" + "w" * 500}], "id": "v" * 500},
    ]


def loaded(page: Page) -> bool:
    """Whether every picture of a page is there; those out of sight are asked for."""
    ready = "Promise.all([...document.images].map((image) => (image.loading = 'eager', image.decode())))"
    page.evaluate(ready)
    return bool(page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)"))


def png() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("prompt", [MARKUP, RIGHT_TO_LEFT, EMOJI, OVERRIDE])
def test_a_prompt_is_shown_as_text(
    show: Callable[..., Page], job_of: Callable[..., Any], seen: Opened, prompt: str
) -> None:
    """Markup, right-to-left text and emoji are text, alone and on a contact sheet; one host is asked."""
    job = job_of(prompt, negative_prompt=prompt)
    for shown in (job, [job, job]):
        page = show(shown)
        expect(page.locator(".leap-prompt").first).to_have_text(prompt)
        assert page.locator("img").first.get_attribute("alt") == prompt
        expect(page.locator("img[src=x], script, .leap-output b:not(.leap-state b)")).to_have_count(0)
        expect(page.locator("#after")).to_have_text("after")
        assert page.evaluate("window.ran") is None
        assert loaded(page)
    assert (len(seen.hosts), seen.complaints) == (1, [])


def test_right_to_left_text_runs_from_right_to_left(
    show: Callable[..., Page], job_of: Callable[..., Any]
) -> None:
    """The direction follows the prompt; that of the parameters does not."""
    page = show(job_of(RIGHT_TO_LEFT))
    direction = "element => getComputedStyle(element).direction"
    assert page.locator(".leap-prompt").evaluate(direction) == "rtl"
    assert page.locator(".leap-facts").evaluate(direction) == "ltr"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_output_is_wider_than_its_cell(show: Callable[..., Page], jobs: list[Any], width: int) -> None:
    """Nothing needs to be scrolled sideways, however long its words are."""
    for shown in (*jobs, jobs):
        page = show(shown, viewport={"width": width, "height": 800})
        assert loaded(page)
        assert page.locator("html").evaluate("root => root.scrollWidth") <= width
        # Nor is anything cut off at the side.
        sides = "element => element.getBoundingClientRect().right"
        edges = page.locator(".leap-output :is(p, img, dd, span)").evaluate_all(f"all => all.map({sides})")
        assert max(edges) <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_are_those_of_the_notebook(
    show: Callable[..., Page], jobs: list[Any], theme: str, scheme: str
) -> None:
    """Whatever the system prefers; a faded text keeps a contrast of 4.5, which is at .6 on both grounds."""
    page = show(jobs, theme=theme, color_scheme=scheme)
    ink = page.evaluate("getComputedStyle(document.body).color")
    colours = page.locator(".leap-output :is(p, a, span, li, b)").evaluate_all(
        "all => [...new Set(all.map(element => getComputedStyle(element).color))]"
    )
    assert colours == [ink]
    assert page.evaluate(FAINTEST) >= 0.7


@pytest.fixture
def gallery(tmp_path: Path) -> str:
    """The address of a page of three pictures."""
    captions = (MARKUP, RIGHT_TO_LEFT, "w" * 3000)
    pictures = [GalleryPicture(png(), caption) for caption in captions]
    write_gallery(pictures, tmp_path / "gallery.html", title=MARKUP)
    return (tmp_path / "gallery.html").as_uri()


def in_focus(page: Page) -> Locator:
    """What has the focus."""
    return page.locator(":focus")


def test_the_page_of_pictures_needs_nothing_else(
    new_page: Callable[..., Page], gallery: str, seen: Opened
) -> None:
    """No other host and no other file; its policy stops what would, and what others wrote is text."""
    page = new_page()
    page.goto(gallery)
    assert loaded(page)
    assert page.locator(".caption").all_text_contents()[:2] == [MARKUP, RIGHT_TO_LEFT]
    expect(page.locator("h1")).to_have_text(MARKUP)
    assert page.evaluate("window.ran") is None
    assert (seen.hosts, seen.complaints) == ({""}, [])
    assert page.evaluate(STOPPED) == "https://pictures.test/1.png"


def test_the_page_of_pictures_is_used_with_the_keyboard(new_page: Callable[..., Page], gallery: str) -> None:
    """Enter opens a picture, the arrows lead to its neighbours and no further, Escape back to its place."""
    page = new_page()
    page.goto(gallery)
    shown = page.locator("li:target")
    page.keyboard.press("Tab")
    expect(in_focus(page)).to_have_id("open-1")
    page.keyboard.press("Enter")
    expect(shown).to_have_id("picture-1")
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_id("picture-1")
    for number in (2, 3, 3):
        page.keyboard.press("ArrowRight")
        expect(shown).to_have_id(f"picture-{number}")
    page.keyboard.press("Tab")
    expect(in_focus(page)).to_have_text("Previous")
    page.keyboard.press("Tab")
    expect(in_focus(page)).to_have_text("Close")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(in_focus(page)).to_have_id("open-3")


def test_the_page_of_pictures_works_without_its_script(new_page: Callable[..., Page], gallery: str) -> None:
    """What the keys do, links do."""
    page = new_page(java_script_enabled=False)
    page.goto(gallery)
    page.locator("#open-2").click()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#picture-3")).to_be_visible()
    expect(page.locator("#picture-1")).not_to_be_visible()
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("link", name="Close").click()
    expect(page.locator("#picture-1")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_of_pictures_is_no_wider_than_the_window(
    new_page: Callable[..., Page], gallery: str, job_of: Callable[..., Any], tmp_path: Path, width: int
) -> None:
    """From a phone's width on, with the sheet and with a single picture."""
    write_gallery(
        pictures_of(job_of("x" * 3000, negative_prompt="y" * 3000), [png(), png()]), tmp_path / "jobs.html"
    )
    for address in (gallery, (tmp_path / "jobs.html").as_uri()):
        page = new_page(viewport={"width": width, "height": 700})
        for place in ("", "#picture-1", "#picture-2"):
            page.goto(address + place)
            assert page.locator("html").evaluate("root => root.scrollWidth") <= width
            for shown in page.locator("li:target").all():
                assert shown.evaluate("element => element.scrollWidth") <= width


def test_the_page_of_pictures_is_printed_as_a_sheet(new_page: Callable[..., Page], gallery: str) -> None:
    """Also while a single picture is open: on paper, nothing lies over anything."""
    page = new_page(color_scheme="dark")
    page.goto(gallery + "#picture-2")
    page.emulate_media(media="print")
    for number in (1, 2, 3):
        expect(page.locator(f"#picture-{number}")).to_be_visible()
    expect(page.locator("nav").first).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
