"""The generated files: they are what openapi.yaml gives, and the check that says so can fail."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SCRIPT = ".openapi-generator/generate.py"

CHANGED = "leap/model/create_inference_dto.py"
DELETED = "docs/models/InferenceEntity.md"
STRAY = "leap/apis/tags/old_api.py"

needs_generator = pytest.mark.skipif(
    # Where they are what is asked for, they fail rather than skip.
    importlib.util.find_spec("openapi_generator_cli") is None and "LEAP_TEST_GENERATION" not in os.environ,
    reason="the OpenAPI Generator is not installed here; `tox -e generated` has it",
)


@pytest.fixture(scope="module")
def modules() -> Iterator[Any]:
    """Imports a module of the generation script by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str((ROOT / SCRIPT).parent))
        yield importlib.import_module
        for name in ("generate", "contract", "polish"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def generate(modules: Any) -> Any:
    """The generation script as a module."""
    return modules("generate")


@pytest.fixture(scope="module")
def polish(modules: Any) -> Any:
    """The module that gives generated files their finish."""
    return modules("polish")


@pytest.fixture(scope="module")
def made(generate: Any) -> Any:
    """What openapi.yaml gives, made once for all tests."""
    return generate.generated()


@pytest.fixture
def tree(generate: Any, tmp_path: Path) -> Path:
    """A copy of all that generation reads and writes."""
    for name in (*generate.GENERATED_ROOMS, ".openapi-generator"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("leap/client.py", "openapi.yaml", "pyproject.toml", ".openapi-generator-ignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def change(tree: Path) -> None:
    """Edit a generated file by hand."""
    (tree / CHANGED).write_text((tree / CHANGED).read_text().replace("maximum=4", "maximum=5"))


def delete(tree: Path) -> None:
    """Delete a generated file."""
    (tree / DELETED).unlink()


def add_stray(tree: Path) -> None:
    """Add a file to a generated room."""
    (tree / STRAY).write_text('"""A tag that the contract no longer has."""\n')


def contents(tree: Path) -> dict[Path, bytes]:
    """The files of a tree."""
    files = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path: path.read_bytes() for path in files}


def run_check(tree: Path, elsewhere: Path) -> subprocess.CompletedProcess[str]:
    """Run a tree's own `--check` from another folder."""
    command = [sys.executable, str(tree / SCRIPT), "--check"]
    return subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)


@needs_generator
def test_the_generated_files_are_what_the_contract_gives(tmp_path: Path) -> None:
    """Generating anew changes no file of the repository, wherever the command is run from."""
    done = run_check(ROOT, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@needs_generator
@pytest.mark.parametrize(
    ("damage", "report"),
    [
        (change, f"different: {CHANGED}\n"),
        (delete, f"missing: {DELETED}\n"),
        (add_stray, f"stray: {STRAY}\n"),
    ],
)
def test_every_deviation_is_reported(
    damage: Any, report: str, generate: Any, made: Any, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An edited, a deleted and a stray file each fail the check, which names that file and no other."""
    assert generate.check(made, tree) == 0
    capsys.readouterr()
    damage(tree)
    assert generate.check(made, tree) == 1
    assert capsys.readouterr().out == report


@needs_generator
def test_the_command_reports_and_changes_nothing(tree: Path, tmp_path: Path) -> None:
    """`--check` exits 1, lists every deviation at once, and leaves the tree as it is."""
    for damage in (change, delete, add_stray):
        damage(tree)
    before = contents(tree)
    done = run_check(tree, tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"missing: {DELETED}", f"stray: {STRAY}", f"different: {CHANGED}"]
    assert contents(tree) == before


@needs_generator
def test_generating_mends_the_tree(generate: Any, made: Any, tree: Path) -> None:
    """Generating restores what was edited or deleted, and deletes what is stale."""
    before = contents(tree)
    for damage in (change, delete, add_stray):
        damage(tree)
    generate.write(made, tree)
    assert contents(tree) == before


@needs_generator
def test_a_file_that_was_generated_once_is_stale(
    generate: Any, made: Any, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file outside the generated rooms is stray if FILES says that it was generated."""
    (tree / "docs/Old.md").write_text("# Old\n")
    with (tree / generate.LISTING).open("a") as listing:
        listing.write("docs/Old.md\n")
    assert generate.check(made, tree) == 1
    assert "stray: docs/Old.md\n" in capsys.readouterr().out


def test_a_missing_tool_is_named(
    generate: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the generator, the command says in one line what is missing and how to get it."""
    monkeypatch.setattr(sys, "argv", [SCRIPT])
    monkeypatch.setattr(generate, "TOOLS", {"no_such_module": "no-such-package"})
    assert generate.main() == 2
    message = "generate.py: no-such-package is not installed here; `tox -e generate` installs it\n"
    assert capsys.readouterr().err == message


def test_a_class_that_is_met_twice_stays_once(polish: Any) -> None:
    """Two operations may share a parameter: its schema is defined once."""
    schema = 'class PageSchema(NumberSchema):\n    """Which page."""\n'
    assert polish.without_repeated_classes(f"{schema}\n\n{schema}x = 1\n").count("class") == 1


def test_a_name_with_two_meanings_is_refused(polish: Any) -> None:
    """Two different parameters of one name in one tag fail, rather than that one of them wins."""
    with pytest.raises(polish.GenerationError, match=r"a\.py: the contract gives Page two meanings"):
        polish.polished("class Page(int): ...\nclass Page(str): ...\n", "a.py")


def test_a_long_docstring_is_wrapped(polish: Any) -> None:
    """A description of any length stays within the line, its first sentence a summary of its own."""
    text = polish.docstring("One sentence. " + "More words of it. " * 20, 4)
    assert text.startswith('"""One sentence.\n\n    More words')
    assert max(map(len, text.splitlines())) <= polish.LINE_LENGTH


def test_a_backslash_in_a_description_stays(polish: Any) -> None:
    """A description is text: what looks like an escape in it is none."""
    assert polish.docstring(r"Of the form \d+.", 0) == r'r"""Of the form \d+."""'
