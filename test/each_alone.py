"""Run each test file in a pytest of its own: no file may need another to have run before it.

Prints one line for each file with its seconds, and what pytest said of those that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent

_ELSEWHERE = ("browser", "contract")
"""Folders whose tests need an environment of their own, in which each file is run by itself anyway."""


def run(file: Path) -> tuple[Path, int, str, float]:
    """The file, pytest's exit code and its output, and the seconds that it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        cwd=HERE.parent,
        # `python -m` puts the working directory on the path, before the installed package.
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return file, done.returncode, done.stdout, time.monotonic() - began


def main() -> int:
    """Run them all; 0 if each passes or has a reason to be skipped here."""
    files = sorted(file for file in HERE.rglob("test_*.py") if file.parent.name not in _ELSEWHERE)
    failed = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for file, code, output, seconds in pool.map(run, files):
            print(
                f"{'failed' if code else 'passed'} alone: {file.relative_to(HERE.parent)} ({seconds:.1f} s)"
            )
            if code:
                failed += 1
                print(output)
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
