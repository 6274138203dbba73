"""What the tests of downloads share: attempts without pauses, and one picture from the loopback server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leap.downloads import transfer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leap import Leap


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempts follow each other at once."""
    monkeypatch.setattr(transfer, "FIRST_PAUSE", 0)


@pytest.fixture
def fetch(loopback: Any, leap: Leap, tmp_path: Path) -> Callable[..., list[Path]]:
    """Downloads one picture from the loopback server, which answers with the given bytes."""

    def call(*answers: Any, path: str = "/picture", **settings: Any) -> list[Path]:
        loopback.answer(*answers)
        job: Any = {"id": "job", "state": "finished", "images": [{"uri": loopback.url + path}]}
        return leap.generate_images.download(job, tmp_path, **settings)

    return call
