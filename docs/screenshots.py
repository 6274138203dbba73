# ruff: noqa: INP001 - a script, no package
"""Makes the pictures of the gallery and of notebooks in this folder.

    python docs/screenshots.py

Needs the package with its extra `emulator`, Playwright from PyPI, and a Chromium on the PATH. What is on the
pictures is always the same, since seeds, prompts and the browser's clock are set; fonts are the machine's.
"""

import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from leap import Leap
from leap.emulator import Emulator, ImageRequest
from leap.emulator.drawing import draw
from leap.notebook import html_of
from leap.notebook.gallery import pictures_of, write_gallery

DOCS: Final = Path(__file__).parent
TOKENS: Final = ("anything", "another")
PORT: Final = 8765  # it is on the pictures
NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

ENDED: Final[list[dict[str, Any]]] = [
    {"prompt": "A paper boat on a river of ink", "seed": 2},
    {"prompt": "An octopus that reads the newspaper in a deck chair, oil on canvas", "seed": 31},
    {"prompt": "قطة تجلس على سطح المنزل عند غروب الشمس", "seed": 27, "height": 768},
    {"prompt": "Isometric bakery, morning light", "seed": 9, "number_of_images": 2},
    {"prompt": "<b>Not bold</b>: markup & other mischief", "seed": 12},
    {"prompt": "🦊 a red fox in the snow, at dawn", "seed": 7, "number_of_images": 4},
    {
        "prompt": "A very long prompt: a lighthouse at the end of the world, waves as high as houses, "
        "a storm that has lasted for a hundred years, and one window in which there is still a light; "
        "cinematic, volumetric, 35 mm, award-winning, ultra-detailed",
        "seed": 4,
        "width": 1024,
        "height": 576,
    },
    {"prompt": "Portrait of a cat that was never there [fail: the model ran out of memory]", "seed": 5},
    {"prompt": "A moonrise over a green sea", "seed": 7},
    {"prompt": "Ein Schloss im Nebel, Aquarell", "seed": 60},
]
UNFINISHED: Final[list[dict[str, Any]]] = [
    {"prompt": "Night train through the Alps, long exposure", "seed": 18},
    {"prompt": "A cathedral made of books", "seed": 40, "number_of_images": 2},
]
MINUTES_AGO: Final = [2890, 1505, 310, 190, 62, 41, 24, 17, 12, 9, 5, 3, 0.4, 0.05]
SAMPLES: Final = [ImageRequest("a red fox", "sdxl", seed, width=512, height=512) for seed in (1, 2, 8, 14)]


def main() -> None:
    """Make all of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with examples() as emulator:
            shoot(browser, emulator.url, DOCS / "gallery.png", width=1280, height=860, scheme="light")
            shoot(
                browser,
                emulator.url + f"/?state=finished&before={len(ENDED) + 1}",
                DOCS / "gallery-phone.png",
                width=360,
                height=780,
                scheme="dark",
            )
        shoot_notebook(browser)
        browser.close()


def shoot(browser: Browser, url: str, file: Path, *, width: int, height: int, scheme: Any) -> None:
    """Keep what a browser window of so many pixels shows, at twice as many."""
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=2
    )
    page.clock.set_fixed_time(NOW)
    page.goto(url)
    expect(page.get_by_text("Live", exact=True)).to_have_count(1)
    keep(page, file)


# A stand-in for a notebook: a cell with its number and its code, and under it what it shows.
CELL: Final = """<style>
  body {{ margin: 0; padding: 10px 20px 18px; color: {ink}; background: {ground}; font: 14px/1.4 system-ui }}
  section {{ display: grid; grid-template-columns: 4em 1fr; gap: 10px 12px; margin-top: 12px }}
  code, i {{ font: 13px/1.5 ui-monospace, "Noto Sans Mono", monospace }}
  i {{ padding-top: 7px; opacity: .7; text-align: right }}
  code {{ padding: 7px 10px; border: 1px solid {line}; background: {field}; white-space: pre }}
</style>{cells}"""
THEMES: Final = {
    "light": {"ink": "rgba(0, 0, 0, .87)", "ground": "#fff", "field": "#f5f5f5", "line": "#e0e0e0"},
    "dark": {"ink": "rgba(255, 255, 255, .87)", "ground": "#111", "field": "#1c1c1c", "line": "#333"},
}


def shoot_notebook(browser: Browser) -> None:
    """Keep what notebooks show of some jobs, and a page of their pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(port=PORT, speed=float("inf")) as emulator,
        Leap(host=emulator.url, access_token=TOKENS[0]) as leap,
    ):
        for settings in ENDED:
            leap.generate_images.create(model_id="sdxl", **settings)
        emulator.workspace(TOKENS[0]).wait_until_idle()
        jobs = leap.generate_images.find_all(model_id="sdxl", page_size=10).body
        # The day and the ids are those of the moment.
        jobs = tuple(
            type(job).make(
                {**job, "createdAt": NOW.isoformat(), "id": f"a047df00-8bdd-4d57-a9bd-{number:012}"}
            )
            for number, job in enumerate(jobs, 1)
        )
        by_seed = {int(job.seed): job for job in jobs}
        cells = [
            ("job = leap.generate_images.create_and_wait(prompt=…, model_id=…)\njob", html_of(by_seed[7])),
            ("leap.generate_images.find_all(model_id=…).body", html_of(jobs)),
        ]
        for scheme, file, some in (
            ("light", "notebook.png", cells),
            ("dark", "notebook-dark.png", cells[:1]),
        ):
            shown = "".join(
                f"<section><i>[{number}]:</i><code>{code}</code><i></i><div>{output}</div></section>"
                for number, (code, output) in enumerate(some, 1)
            )
            page = browser.new_page(viewport={"width": 1000, "height": 400}, device_scale_factor=1.5)
            page.set_content(CELL.format(cells=shown, **THEMES[scheme]))
            keep(page, DOCS / file, full_page=True)
        pictures = [
            picture
            for job in jobs
            if job.images
            for picture in pictures_of(job, leap.generate_images.download(job, folder))
        ]
        write_gallery(pictures, Path(folder) / "gallery.html", title="Pictures of a Monday")
        page = browser.new_page(viewport={"width": 1280, "height": 760})
        page.goto((Path(folder) / "gallery.html").as_uri())
        keep(page, DOCS / "notebook-gallery.png")


def keep(page: Page, file: Path, **settings: Any) -> None:
    """Keep what a page shows once its pictures are there, and close it."""
    page.evaluate(
        "Promise.all([...document.images].map((image) => (image.loading = 'eager', image.decode())))"
    )
    with Image.open(io.BytesIO(page.screenshot(**settings))) as picture:
        picture.convert("RGB").save(file, optimize=True)
    page.close()


@contextmanager
def examples() -> Iterator[Emulator]:
    """Give an emulator with jobs of every kind in every state, webhook calls and fault rules."""
    with tempfile.TemporaryDirectory() as folder, _webhook() as webhook_url:
        with Emulator(data=folder, port=PORT, speed=float("inf")) as emulator:
            with Leap(host=emulator.url, access_token=TOKENS[0]) as leap:
                for settings in ENDED:
                    leap.generate_images.create(model_id="sdxl", webhook_url=webhook_url, **settings)
                leap.train_image_models.train_model(
                    name="Our fox",
                    subject_keyword="@fox",
                    subject_type="animal",
                    image_sample_files=[draw(sample, 0) for sample in SAMPLES],
                )
                leap.generate_music.create_audio(
                    prompt="A calm piano, with rain on a window", mode="music", duration=28
                )
            emulator.workspace(TOKENS[0]).wait_until_idle(webhooks=True)
        # At this speed nothing ends any more, so what is unfinished stays so.
        emulator = Emulator(data=folder, port=PORT, speed=0.0001)
        with emulator, Leap(host=emulator.url, access_token=TOKENS[1]) as leap:
            for settings in UNFINISHED:
                leap.generate_images.create(model_id="sdxl", **settings)
            emulator.store.jobs.start(emulator.store.jobs.newest(limit=len(UNFINISHED))[-1])
        _set_ages(Path(folder) / "emulator.db")
        with emulator:
            emulator.faults.add(method="POST", path="/api/**", status=503, retry_after=2, times=2)
            emulator.faults.add(path="/images/**", bytes_per_second=20_000, skip=1)
            yield emulator


def _set_ages(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for number, minutes in enumerate(MINUTES_AGO, 1):
            submitted = (NOW - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
            connection.execute(
                "UPDATE job SET created_at = ? WHERE number = ?", (submitted.replace("+00:00", "Z"), number)
            )
        connection.execute(
            "UPDATE attempt SET sent_at = (SELECT job.created_at FROM job "
            "JOIN delivery ON delivery.job = job.number WHERE delivery.number = attempt.delivery)"
        )


@contextmanager
def _webhook() -> Iterator[str]:
    """Listen for webhooks; the first of them is answered 503."""
    statuses = iter([503])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(next(statuses, 200))
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", PORT + 1), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{PORT + 1}/on-picture"
        server.shutdown()


if __name__ == "__main__":
    main()
