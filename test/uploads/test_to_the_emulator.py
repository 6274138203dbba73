"""Uploads to a server that does something with them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from PIL import Image

from leap import ApiConnectionError, ApiException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leap import Leap
    from leap.emulator import Emulator


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Pictures that are pictures, of some hundred kilobytes each."""
    paths = [tmp_path / f"fox-{number}.png" for number in range(3)]
    for path in paths:
        Image.frombytes("RGB", (256, 256), os.urandom(256 * 256 * 3)).save(path)
    return paths


@pytest.fixture
def samples() -> Iterator[Callable[[Any], list[bytes]]]:
    """Gives the samples of a model as the emulator has them."""
    with urllib3.PoolManager() as pool:
        yield lambda model: [pool.request("GET", url).data for url in model["imageSamples"]]


@pytest.mark.parametrize("how", ["paths", "files", "bytes"])
def test_an_upload_begins_anew_when_it_is_tried_again(
    emulated: Leap,
    emulator: Emulator,
    pictures: list[Path],
    samples: Callable[[Any], list[bytes]],
    how: str,
) -> None:
    """After a 503 with Retry-After the whole form is sent once more, whatever the files were given as."""
    pauses: list[float] = []
    emulated.api_client.sleep = pauses.append
    emulator.faults.add(method="POST", status=503, retry_after=1, times=1)
    told: list[tuple[int, int | None]] = []
    with ExitStack() as stack:
        files: list[Any] = {
            "paths": list(pictures),
            "files": [stack.enter_context(path.open("rb")) for path in pictures],
            "bytes": [path.read_bytes() for path in pictures],
        }[how]
        response = emulated.train_image_models.train_model(
            name="fox", image_sample_files=files, on_upload_progress=lambda *sent: told.append(sent)
        )
    assert (response.attempts, pauses) == (2, [1.0])
    assert samples(response.body) == [path.read_bytes() for path in pictures]
    assert len(emulated.train_image_models.list_all_models().body.models) == 1
    assert told[-1][0] == told[-1][1]


def test_a_training_whose_answer_is_lost_is_not_repeated(
    emulated: Leap, emulator: Emulator, pictures: list[Path]
) -> None:
    """A connection that breaks after the form was taken is an error that says so, and there is one model."""
    emulator.faults.add(method="POST", reset="after")
    with pytest.raises(ApiConnectionError) as caught:
        emulated.train_image_models.train_model(image_sample_files=pictures)
    assert caught.value.may_have_been_accepted
    assert len(emulated.train_image_models.list_all_models().body.models) == 1


def test_a_form_that_is_too_large_is_told_so(leap_at: Callable[..., Leap], pictures: list[Path]) -> None:
    """A server that refuses a form before it has all of it is heard: its 413, not a broken connection."""
    from leap.emulator import Emulator

    with Emulator(max_upload_bytes=1000) as small:
        train = leap_at(small.url).train_image_models.train_model
        with pytest.raises(ApiException, match="request entity too large: at most 1000 bytes") as caught:
            train(image_sample_files=pictures * 30)
    assert (caught.value.status, caught.value.may_have_been_accepted) == (413, False)


def test_what_the_emulator_finds_wrong_is_in_the_message(emulated: Leap) -> None:
    """A file that only begins like a picture passes the client, and the server's words name it."""
    with pytest.raises(ApiException, match=r"imageSampleFiles.0 \(fox.png\) must be a picture") as caught:
        emulated.train_image_models.train_model(image_sample_files=[("fox.png", b"\x89PNG\r\n\x1a\nno more")])
    assert caught.value.status == 400
