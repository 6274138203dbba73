"""Deleting and moving about, by mouse, by keyboard and without the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from leap import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap import Leap
    from leap.emulator import Emulator


@pytest.fixture
def gone(client: Leap) -> Callable[[str], None]:
    """Sees to it that a job is no longer there."""

    def gone(job_id: str) -> None:
        with pytest.raises(NotFoundError):
            client.generate_images.find_one(model_id="any", inference_id=job_id)

    return gone


def test_a_button_deletes(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str], gone: Callable[[str], None]
) -> None:
    """The button on a card asks, and then deletes the job without a reload."""
    ended("kept")
    doomed = ended("doomed")
    page = open_page(emulator.url)
    page.evaluate("window.marked = true")
    button = page.locator(f"#job-{doomed}").get_by_role("button", name="Delete the job")
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("doomed")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator(".card")).to_have_count(2)
    button.click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".card-link")).to_have_text(["kept"])
    expect(page.locator("#filters")).to_contain_text("all 1")
    assert page.evaluate("window.marked")
    gone(doomed)


def test_the_keyboard_moves_deletes_opens_and_leaves(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str], gone: Callable[[str], None]
) -> None:
    """j, k and the arrows go from card to card, Delete deletes after Enter, Enter opens, Escape leaves."""
    first, second, third = ended("first"), ended("second"), ended("third")
    page = open_page(emulator.url, viewport={"width": 1280, "height": 800})
    focused = page.locator(":focus")
    for key, name in (
        ("j", "third"),
        ("j", "second"),
        ("k", "third"),
        ("ArrowRight", "second"),
        ("End", "second"),
    ):
        page.keyboard.press(key)
        expect(focused).to_have_text(name)
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog")).to_contain_text("second")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(focused).to_have_text("second")
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog").get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".card-link")).to_have_text(["third", "first"])
    expect(focused).to_have_text("first")
    gone(second)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{emulator.url}/jobs/{first}")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{emulator.url}/")
    page.goto(f"{emulator.url}/jobs/{third}")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{emulator.url}/")
    expect(page.locator(".card-link")).to_have_text(["first"])
    gone(third)


def test_an_answer_is_for_one_question_only(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str], gone: Callable[[str], None]
) -> None:
    """Who says no for one job and then yes for another, as fast as can be, deletes only the other."""
    ended("kept")
    doomed = ended("doomed")
    page = open_page(emulator.url)
    page.evaluate(
        """() => {
            const [doomed, kept] = document.querySelectorAll(".card form");
            const [no, yes] = document.querySelectorAll("#confirmation button");
            kept.requestSubmit();
            no.click();
            doomed.requestSubmit();
            yes.click();
        }"""
    )
    expect(page.locator(".card-link")).to_have_text(["kept"])
    page.reload()
    expect(page.locator(".card-link")).to_have_text(["kept"])
    gone(doomed)


def test_up_and_down_follow_the_grid(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """The arrows up and down keep to the column."""
    for name in "dcba":
        ended(name)
    page = open_page(emulator.url, viewport={"width": 640, "height": 900})
    focused = page.locator(":focus")
    for key, name in (
        ("j", "a"),
        ("ArrowDown", "c"),
        ("ArrowRight", "d"),
        ("ArrowUp", "b"),
        ("ArrowUp", "b"),
    ):
        page.keyboard.press(key)
        expect(focused).to_have_text(name)


def test_tab_reaches_everything_in_the_order_of_the_page(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """Tab goes through every link and button from top to bottom, and each shows that it has the focus."""
    ended("second")
    ended("first")
    page = open_page(emulator.url, viewport={"width": 1280, "height": 800})
    reached = []
    for _ in range(15):
        page.keyboard.press("Tab")
        name, is_seen = page.evaluate(
            """() => {
                const element = document.activeElement;
                const rings = [element, element.closest(".card")].filter(Boolean);
                return [
                    element.ariaLabel ?? element.innerText.replace(/\\s+/g, " ").trim(),
                    rings.some(each => getComputedStyle(each).outlineStyle === "solid"),
                ];
            }"""
        )
        reached.append(name)
        assert is_seen, name
    assert reached == [
        "Skip to the content", "leap emulator", "Jobs", "Webhooks", "Faults", "Copy the address",
        "all 2", "queued 0", "processing 0", "finished 2", "failed 0",
        "first", "Delete the job", "second", "Delete the job",
    ]  # fmt: skip


def test_the_focus_survives_a_change(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str], client: Leap
) -> None:
    """Who is on a card stays there when others come, and goes on to the next when it is deleted."""
    ended("old")
    here = ended("here")
    page = open_page(emulator.url)
    page.keyboard.press("j")
    ended("new")
    expect(page.locator(".card")).to_have_count(3)
    expect(page.locator(":focus")).to_have_text("here")
    client.generate_images.remove(model_id="any", inference_id=here)
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(":focus")).to_have_text("old")


def test_everything_works_without_the_script(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str], gone: Callable[[str], None]
) -> None:
    """Without JavaScript there are the jobs, their pages, and forms that delete them and remove rules."""
    job_id = ended("plain")
    emulator.faults.add(path="/nowhere", delay=1)
    page = open_page(f"{emulator.url}/?state=finished", java_script_enabled=False)
    page.get_by_role("link", name="plain").click()
    expect(page.locator(".told")).to_contain_text("plain")
    page.go_back()
    page.get_by_role("button", name="Delete the job").click()
    expect(page).to_have_url(f"{emulator.url}/?state=finished")
    expect(page.locator(".card")).to_have_count(0)
    gone(job_id)
    page.get_by_role("link", name="Faults").click()
    page.get_by_role("button", name="Remove all").click()
    expect(page.get_by_role("heading", name="Nothing goes wrong")).to_be_visible()


def test_a_refused_deletion_is_said(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """If the emulator does not delete a job, the card stays and the page says so."""
    ended("stays")
    page = open_page(emulator.url, may_complain=True)
    page.route("**/delete", lambda route: route.fulfill(status=500))
    page.get_by_role("button", name="Delete the job").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("status 500")
    expect(page.locator(".card")).to_have_count(1)


def test_code_is_copied(
    open_page: Callable[..., Page], emulator: Emulator, ended: Callable[..., str]
) -> None:
    """The button beside the JSON of a job puts all of it on the clipboard."""
    job_id = ended("copied")
    page = open_page(f"{emulator.url}/jobs/{job_id}", permissions=["clipboard-read", "clipboard-write"])
    page.locator(".panel").first.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText().then(JSON.parse)")
    assert (copied["id"], copied["prompt"]) == (job_id, "copied")
