"""The README and the docs: every example runs, every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted([*ROOT.glob("benchmarks/*.md"), *ROOT.glob("docs/**/*.md")]),
]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# The first line of a block that is a file.
FILE_NAME = re.compile(r"# (\w+\.py)\n")
# What the examples of the reference pages read and delete: a job, a model.
EXAMPLE_JOB = "a047df00-8bdd-4d57-a9bd-6eebef36ecaa"
EXAMPLE_MODEL = "26a1a203-3a46-42cb-8cfa-f4de075907d8"


def python_blocks(page: Path) -> list[str]:
    """The code of every Python block of a page."""
    blocks = [block for block in FENCED.findall(page.read_text()) if block.startswith("```python\n")]
    return [block.removeprefix("```python\n").removesuffix("```") for block in blocks]


def python_examples() -> Iterator[tuple[str, str]]:
    """The name and the code of every Python example that is not a file."""
    for page in PAGES:
        for number, code in enumerate(python_blocks(page), 1):
            if not FILE_NAME.match(code):
                yield f"{page.relative_to(ROOT)}#{number}", code


def files_of(page: Path) -> dict[str, str]:
    """The files that a page shows, by their names."""
    return {match[1]: code for code in python_blocks(page) if (match := FILE_NAME.match(code))}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator for all of the examples."""
    with Emulator() as running:
        yield running


def example_of(name: str, leap: Leap) -> tuple[str, str]:
    """The id that the examples of a page have, and that of what there is for them."""
    if "TrainImageModelsApi" in name:
        urls = ["https://example.com/fox-1.png"]
        return EXAMPLE_MODEL, leap.train_image_models.train_model(image_sample_urls=urls).body.id
    if "GenerateMusicApi" in name:
        music = leap.generate_music.create_audio(prompt="an example", mode="melody", duration=1)
        return EXAMPLE_JOB, music.body.id
    job = leap.generate_images.create(prompt="an example", model_id=EXAMPLE_MODEL, width=64, height=64)
    return EXAMPLE_JOB, job.body.id


@pytest.mark.parametrize(
    ("name", "code"), [pytest.param(name, code, id=name) for name, code in python_examples()]
)
def test_every_example_runs(
    name: str,
    code: str,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every Python example of the README and the docs runs as it stands, against the emulator."""
    monkeypatch.setenv("LEAP_HOST", emulator.url)
    monkeypatch.setenv("LEAP_API_KEY", "YOUR_API_KEY")
    monkeypatch.chdir(tmp_path)
    with Leap() as leap:
        example, there = example_of(name, leap)
    exec(compile(code.replace(example, there), name, "exec"), {"__name__": "__main__"})  # noqa: S102
    printed = capsys.readouterr().out
    assert "Exception when calling" not in printed, printed


@pytest.mark.parametrize(
    "page", [page for page in PAGES if files_of(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_the_files_of_a_page_pass_their_own_tests(page: Path, tmp_path: Path) -> None:
    """Files that a page shows, put into a folder, pass the tests among them, with the plugin alone."""
    files = files_of(page)
    assert any(name.startswith("test_") for name in files)
    for name, code in files.items():
        (tmp_path / name).write_text(code)
    # An installed wheel brings the plugin in; a checkout does not, and to have it twice is an error.
    installed = any(each.value == "leap.pytest_plugin" for each in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "leap.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugin],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def headings(page: Path) -> set[str]:
    """The anchors that a Markdown page has, as GitHub makes them."""
    text = FENCED.sub("", page.read_text())
    found = set(re.findall(r'<a (?:name|id)="([^"]+)"', text))
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Every link from a page of ours to a file or a heading of ours has its target."""
    text = FENCED.sub("", page.read_text())
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in headings(file)):
            dead.append(target)
    assert dead == []


def test_ci_runs_the_readmes_test_command() -> None:
    """What CI runs is the README's test command, to the letter."""
    command = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert f"```bash\n{command}\n```" in (ROOT / "README.md").read_text()


def test_the_readme_maps_every_folder() -> None:
    """The README's map names every folder and module of the package."""
    readme = (ROOT / "README.md").read_text()
    rooms = [f"leap/{room.name}" for room in (ROOT / "leap").iterdir() if room.name[0] not in "_."]
    assert [room for room in rooms if f"`{room}" not in readme and room != "leap/py.typed"] == []
