"""The gallery in a real Chromium: the one of the system, driven by Playwright.

Without Playwright these tests are left out. With it they need the browser, and fail where there is none.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each page is in a profile of its own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # milliseconds: a machine may be busy
    program = shutil.which("chromium")
    assert program is not None, "these tests need Debian's package chromium"
    with sync_playwright() as playwright:
        # The sandbox refuses to run as root, as it does in CI.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that no other test uses."""
    with Emulator(speed=float("inf")) as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Leap]:
    """A client of it."""
    with Leap(host=emulator.url, access_token="anything") as leap:  # noqa: S106 - any is let in
        yield leap


@pytest.fixture
def submit(client: Leap) -> Callable[..., str]:
    """Submits a small job, and gives its id."""

    def submit(prompt: str = "a prompt", **parameters: Any) -> str:
        parameters = {"model_id": "any", "width": 64, "height": 64, **parameters}
        return client.generate_images.create(prompt=prompt, **parameters).body.id

    return submit


@pytest.fixture
def ended(emulator: Emulator, submit: Callable[..., str]) -> Callable[..., str]:
    """Submits a small job, waits for its end and that of its webhook call, and gives its id."""

    def ended(prompt: str = "a prompt", **parameters: Any) -> str:
        job_id = submit(prompt, **parameters)
        emulator.workspace("anything").wait_until_idle(webhooks=True)
        return job_id

    return ended


@pytest.fixture
def open_page(browser: Browser, emulator: Emulator) -> Iterator[Callable[..., Page]]:
    """Opens a page and waits until it is live.

    In the end it sees to it that no page has asked another host for anything, and that none has complained.
    """
    del emulator  # it ends after the pages, which would complain
    hosts: set[str] = set()
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_page(url: str, *, may_complain: bool = False, **settings: Any) -> Page:
            context = browser.new_context(**settings)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or request.url))
            if not may_complain:
                page.on("console", lambda message: complaints.append(message.text))
                page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(url)
            if settings.get("java_script_enabled", True):
                page.wait_for_selector("#live[data-state=live]", state="attached")
            return page

        yield open_page
    assert (hosts - {"127.0.0.1"}, complaints) == (set(), [])
