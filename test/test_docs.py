"""The README and the docs: every example runs, every link leads somewhere."""

from __future__ import annotations

import re
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
# The job that the examples of the reference pages read and delete.
EXAMPLE_JOB = "a047df00-8bdd-4d57-a9bd-6eebef36ecaa"
EXAMPLE_MODEL = "26a1a203-3a46-42cb-8cfa-f4de075907d8"


def python_examples() -> Iterator[tuple[str, str]]:
    """The name and the code of every Python example."""
    for page in PAGES:
        blocks = [block for block in FENCED.findall(page.read_text()) if block.startswith("```python\n")]
        for number, block in enumerate(blocks, 1):
            yield f"{page.relative_to(ROOT)}#{number}", block.removeprefix("```python\n").removesuffix("```")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator for all of the examples."""
    with Emulator() as running:
        yield running


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
        job = leap.generate_images.create(prompt="an example", model_id=EXAMPLE_MODEL, width=64, height=64)
    exec(compile(code.replace(EXAMPLE_JOB, job.body.id), name, "exec"), {"__name__": "__main__"})  # noqa: S102
    printed = capsys.readouterr().out
    assert "Exception when calling" not in printed, printed


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
