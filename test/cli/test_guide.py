"""docs/command-line.md: every command that it shows does what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = Path(__file__).parents[2] / "docs" / "command-line.md"
BLOCKS = re.findall(r"^```bash\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
EXAMPLE_JOB = "a047df00-8bdd-4d57-a9bd-6eebef36ecaa"
EXAMPLE_MODEL = "26a1a203-3a46-42cb-8cfa-f4de075907d8"
EXAMPLE_MUSIC = "cf4f8f5a-2a09-4e1d-8ed1-e8f5e7b1a1d4"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator for all of the blocks."""
    with Emulator(speed=float("inf")) as running:
        yield running


@pytest.mark.skipif(shutil.which("bash") is None, reason="the blocks are for a shell")
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][:40])
def test_every_block_runs(
    block: str, emulator: Emulator, account: dict[str, str], directory: Path, tmp_path: Path
) -> None:
    """Each block ends well where there are an account, some pictures, and the jobs and the model in it."""
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "leap"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m leap.cli "$@"\n')
    command.chmod(0o755)
    account |= {"LEAP_HOST": emulator.url, "PATH": f"{commands}:{account['PATH']}"}
    samples = directory / "samples"
    samples.mkdir()
    for number in range(3):
        Image.new("RGB", (8, 8), (80 * number, 0, 0)).save(samples / f"{number}.png")
    with Leap(host=emulator.url, access_token=account["LEAP_API_KEY"]) as leap:
        job = leap.generate_images.create(
            prompt="an example", model_id=account["LEAP_MODEL_ID"], width=64, height=64
        ).body
        model = leap.train_image_models.train_model(image_sample_files=[*samples.iterdir()]).body
        music = leap.generate_music.create_audio_and_wait(
            prompt="an example", mode="melody", duration=1, poll_interval=0.05
        )
    for example, real in ((EXAMPLE_JOB, job.id), (EXAMPLE_MODEL, model.id), (EXAMPLE_MUSIC, music.id)):
        block = block.replace(example, real)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", block],  # noqa: S607 - that of the machine
        cwd=directory,
        env=account,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_guide_and_the_help_have_the_same_exit_codes() -> None:
    """Every code of the command stands in the guide."""
    from leap.cli.errors import ExitCode

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE.read_text(), re.MULTILINE)}
    assert told == set(map(int, ExitCode))
