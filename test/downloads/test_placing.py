"""How a whole file gets its name: nothing is replaced that should stay, and nothing half is ever seen."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Any

import pytest

from leap.downloads.placing import place

if TYPE_CHECKING:
    from pathlib import Path

    from leap import Leap

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"


def no_link(_path: Path, _target: Path) -> None:
    """What a file system without hard links says."""
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A whole file that has no name of its own yet."""
    path = tmp_path / ".part"
    path.write_bytes(PNG)
    return path


def test_a_file_gets_its_name(part: Path, tmp_path: Path) -> None:
    """All of it, at once."""
    assert place(part, tmp_path / "fox.png", overwrite=False).read_bytes() == PNG


def test_a_file_system_without_links_will_do(part: Path, tmp_path: Path) -> None:
    """The file is renamed, and a file that is there stays all the same."""
    there = place(part, tmp_path / "fox.png", overwrite=False, link=no_link)
    assert [*tmp_path.iterdir()] == [there]
    assert there.read_bytes() == PNG
    part.write_bytes(b"another")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        place(part, there, overwrite=False, link=no_link)
    assert there.read_bytes() == PNG


def test_what_is_gone_takes_no_name(tmp_path: Path) -> None:
    """Not even for a moment: whoever looked would find an empty picture."""
    seen: list[bool] = []

    def link(_path: Path, target: Path) -> None:
        seen.append(target.exists())
        raise FileNotFoundError(errno.ENOENT, "gone before the link")

    with pytest.raises(FileNotFoundError, match="before the link"):
        place(tmp_path / "gone", tmp_path / "fox.png", overwrite=False, link=link)
    assert seen == [False]
    assert not [*tmp_path.iterdir()]


def test_a_name_that_leads_nowhere_is_taken_too(part: Path, tmp_path: Path) -> None:
    """A link to nothing is somebody's, and no way to write elsewhere."""
    link = tmp_path / "fox.png"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        place(part, link, overwrite=False)
    with pytest.raises(FileExistsError):
        place(part, link, overwrite=False, link=no_link)
    assert place(part, link, overwrite=True).read_bytes() == PNG
    assert not link.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def test_of_two_downloads_of_one_name_one_wins(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path
) -> None:
    """However close they come, the other says that the file is there, and leaves nothing."""
    both_are_under_way = threading.Barrier(2, timeout=10)

    def send(connection: Any) -> None:
        answer: bytes = answer_of(PNG)
        connection.send(answer[:-4])
        both_are_under_way.wait()
        connection.send(answer[-4:])

    loopback.answer(send)
    job: Any = {"id": "job", "state": "finished", "images": [{"uri": loopback.url}]}
    outcomes: list[str] = []

    def download() -> None:
        try:
            outcomes.append(leap.generate_images.download(job, tmp_path, "fox{ext}")[0].name)
        except FileExistsError as error:
            outcomes.append(str(error.strerror))

    threads = [threading.Thread(target=download) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["fox.png", "the file is there already; overwrite=True replaces it"]
    assert [path.name for path in tmp_path.iterdir()] == ["fox.png"]


def test_what_else_failed_is_told_beside_a_file_that_is_there(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path
) -> None:
    """A `FileExistsError` for one picture hides neither those that came nor those that did not."""

    def send(connection: Any) -> None:
        # By its own request: those of the other pictures come at the same time.
        target = [each for each in loopback.requests if each.connection == connection.number][-1].target
        connection.send(answer_of(b"", "410 Gone") if target == "/2" else answer_of(PNG))

    (tmp_path / "job-1.png").touch()
    loopback.answer(send)
    images = [{"uri": f"{loopback.url}/{number}"} for number in (1, 2, 3)]
    job: Any = {"id": "job", "state": "finished", "images": images}
    with pytest.raises(FileExistsError) as caught:
        leap.generate_images.download(job, tmp_path)
    told = "\n".join(caught.value.__notes__)
    assert "job-3.png" in told
    assert "picture 2 of 3: 410 Gone" in told
