"""An open page stays true without being loaded again."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from leap import Leap
from leap.emulator import Emulator
from leap.emulator.drawing import draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


TOKEN = "anything"  # noqa: S105 - any is let in


def mark(page: Page) -> None:
    """Leave something on the page that a reload would take away."""
    page.evaluate("window.marked = true")


def is_marked(page: Page) -> bool:
    """Tell whether the page is still the one that was marked."""
    return bool(page.evaluate("window.marked === true"))


def test_a_job_appears_finishes_and_shows_its_picture(open_page: Callable[..., Page]) -> None:
    """A job of the client is on an open page while it is drawn, and then its picture, without a reload."""
    go = threading.Event()

    def held(*arguments: Any) -> bytes:
        go.wait()
        return draw(*arguments)

    with (
        Emulator(speed=float("inf"), renderer=held) as emulator,
        Leap(host=emulator.url, access_token=TOKEN) as leap,
    ):
        page = open_page(emulator.url)
        expect(page.get_by_role("heading", name="Ready for the first job")).to_be_visible()
        mark(page)
        leap.generate_images.create(prompt="a red fox", model_id="any", width=64, height=64)
        card = page.locator(".card")
        expect(card.get_by_role("link", name="a red fox")).to_be_visible()
        expect(card.locator(".state")).to_have_text("processing")
        expect(page.get_by_role("heading", name="Ready for the first job")).to_be_hidden()
        go.set()
        expect(card.locator(".state")).to_have_text("finished")
        page.wait_for_function("document.querySelector('.card img').naturalWidth === 64")
        expect(page.locator("#filters")).to_contain_text("finished 1")
        assert is_marked(page)
        page.close()


def test_a_job_deleted_elsewhere_disappears(
    open_page: Callable[..., Page], emulator: Emulator, client: Leap, ended: Callable[..., str]
) -> None:
    """What the client deletes is gone from an open page, and the others stay as they are."""
    kept, doomed = ended("kept"), ended("doomed")
    page = open_page(emulator.url)
    expect(page.locator(".card")).to_have_count(2)
    page.evaluate("id => document.getElementById(id).marked = true", f"job-{kept}")
    client.generate_images.remove(model_id="any", inference_id=doomed)
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_role("link", name="kept")).to_be_visible()
    assert page.evaluate("document.querySelector('.card').marked")


def test_a_filter_holds_for_what_comes_later(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """A filtered page shows the jobs of its state, those too that end while it is open, and no others."""
    ended("first")
    page = open_page(emulator.url)
    page.get_by_role("link", name="finished 1").click()
    expect(page).to_have_url(f"{emulator.url}/?state=finished")
    expect(page.locator("#filters [aria-current]")).to_contain_text("finished")
    ended("[fail] never")
    ended("second")
    expect(page.locator(".card-link")).to_have_text(["second", "first"])
    page.get_by_role("link", name="failed 1").click()
    expect(page.locator(".card-link")).to_have_text(["[fail] never"])
    expect(page.locator(".card .reason")).to_have_text("it was asked for with [fail]")


def test_many_jobs_at_once_do_not_flood_the_page(
    open_page: Callable[..., Page], emulator: Emulator, submit: Callable[..., str]
) -> None:
    """After hundreds of submissions an open page has the newest jobs that fit, and the right counts."""
    page = open_page(emulator.url)
    for number in range(150):
        submit(f"number {number}", width=8, height=8)
    expect(page.locator(".card-link").first).to_have_text("number 149")
    expect(page.locator("#filters")).to_contain_text("finished 150", timeout=60_000)
    expect(page.locator(".card-link")).to_have_text([f"number {number}" for number in range(149, 101, -1)])
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".card-link").first).to_have_text("number 101")


def test_the_page_of_a_job_is_live_and_keeps_open_what_was_opened(
    open_page: Callable[..., Page], emulator: Emulator, client: Leap, ended: Callable[..., str]
) -> None:
    """The page of a job shows its end and its calls, and a call that was unfolded stays so."""
    job_id = ended("watched", webhook_url="http://127.0.0.1:9/")
    page = open_page(f"{emulator.url}/jobs/{job_id}")
    expect(page.locator(".told .state")).to_have_text("finished")
    page.get_by_text("What was sent and answered").click()
    expect(page.get_by_role("row")).to_have_count(6)
    mark(page)
    client.generate_images.remove(model_id="any", inference_id=job_id)
    expect(page.get_by_role("heading", name="This job was deleted")).to_be_visible()
    assert is_marked(page)


def test_fault_rules_come_count_and_go(
    open_page: Callable[..., Page], emulator: Emulator, submit: Callable[..., str]
) -> None:
    """A rule shows up with its hits while the page is open, unfolded or not, and a button removes it."""
    page = open_page(f"{emulator.url}/faults")
    expect(page.get_by_role("heading", name="Nothing goes wrong")).to_be_visible()
    emulator.faults.add(method="POST", delay=0.001)
    expect(page.locator(".badge")).to_contain_text("1")
    page.get_by_text("Settings").click()
    submit()
    expect(page.locator(".hits")).to_have_text("1 hit")
    expect(page.get_by_label("The settings of the rule")).to_be_visible()
    page.get_by_role("button", name="Remove the rule for POST any path").click()
    expect(page.get_by_role("heading", name="Nothing goes wrong")).to_be_visible()
    assert len(emulator.faults) == 0


def test_a_page_catches_up_after_the_emulator_was_away(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    """A page that lost its connection says so, connects again by itself and shows what it has missed."""
    first = Emulator(speed=float("inf"), data=tmp_path)
    with first:
        url = first.url
        page = open_page(url, may_complain=True)
    expect(page.locator("#live")).to_have_text("Reconnecting")
    mark(page)
    with (
        Emulator(data=tmp_path, port=urlsplit(url).port or 0) as second,
        Leap(host=url, access_token=TOKEN) as leap,
    ):
        assert second.url == url
        leap.generate_images.create(prompt="missed", model_id="any", width=64, height=64)
        expect(page.get_by_role("link", name="missed")).to_be_visible(timeout=30_000)
        expect(page.locator("#live")).to_have_text("Live")
        assert is_marked(page)
        page.close()


def test_a_page_whose_events_are_refused_asks_again(
    open_page: Callable[..., Page], emulator: Emulator, submit: Callable[..., str]
) -> None:
    """An answer that makes the browser give up for good does not end the page's life."""
    page = open_page(f"{emulator.url}/faults", may_complain=True)
    page.route("**/events", lambda route: route.fulfill(status=503))
    page.goto(emulator.url)
    expect(page.locator("#live")).to_have_text("Reconnecting")
    page.unroute("**/events")
    submit("later")
    expect(page.get_by_role("link", name="later")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Live")


def test_ages_grow(open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]) -> None:
    """The age of a job is kept up to date, and the full date is at hand."""
    ended()
    age = open_page(emulator.url).locator(".card time")
    expect(age).to_have_text(re.compile(r"\d+ s ago"))
    expect(age).not_to_have_text(age.text_content() or "")
    expect(age).to_have_attribute("title", re.compile(r"\d{4}"))
