"""A transfer that breaks off: it goes on from there if it is the same picture, and else begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leap import Leap
    from leap.emulator import Emulator

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 and so on"
MONDAY = "Mon, 05 Jan 2026 10:00:00 GMT"
A_SECOND_LATER = "Mon, 05 Jan 2026 10:00:01 GMT"


def range_of(loopback: Any, number: int) -> tuple[str | None, str | None]:
    """What a request asked for of the whole, and on which condition."""
    headers = loopback.requests[number].headers
    return headers["Range"], headers["If-Range"]


def broken_off(body: bytes, of: int, answer_of: Any, **headers: str) -> Callable[[Any], None]:
    """Answers with the beginning of a longer body and hangs up."""

    def send(connection: Any) -> None:
        connection.send(answer_of(body, length=of, **headers))
        connection.close()

    return send


@pytest.mark.parametrize(
    ("headers", "validator"),
    [({"ETag": '"1"'}, '"1"'), ({"Last_Modified": MONDAY, "Date": A_SECOND_LATER}, MONDAY)],
    ids=["tag", "date"],
)
def test_a_transfer_goes_on_where_it_broke(
    fetch: Callable[..., list[Path]], loopback: Any, answer_of: Any, headers: dict[str, str], validator: str
) -> None:
    """What has come is kept, and only the rest is asked for, as long as it is the same picture."""
    part = f"bytes 10-{len(PNG) - 1}/{len(PNG)}"
    rest = answer_of(PNG[10:], "206 Partial Content", Content_Range=part, **headers)
    (path,) = fetch(broken_off(PNG[:10], len(PNG), answer_of, **headers), rest)
    assert path.read_bytes() == PNG
    assert [range_of(loopback, number) for number in (0, 1)] == [(None, None), ("bytes=10-", validator)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": 'W/"1"'},
        {"ETag": 'W/"1"', "Last_Modified": MONDAY, "Date": A_SECOND_LATER},
        {"ETag": "1"},
        {"Last_Modified": MONDAY},
        {"Last_Modified": MONDAY, "Date": MONDAY},
        {"Last_Modified": "lately", "Date": "today"},
    ],
    ids=str,
)
def test_what_cannot_be_told_apart_begins_anew(
    fetch: Callable[..., list[Path]], loopback: Any, answer_of: Any, headers: dict[str, str]
) -> None:
    """Without a strong validator, the end of one picture might go behind the beginning of another."""
    (path,) = fetch(broken_off(JPEG[:10], len(JPEG), answer_of, **headers), answer_of(PNG))
    assert path.read_bytes() == PNG
    assert range_of(loopback, 1) == (None, None)


def test_another_picture_begins_anew(fetch: Callable[..., list[Path]], answer_of: Any) -> None:
    """A host that answers the question for the rest with the whole is taken at its word."""
    (path,) = fetch(broken_off(JPEG[:14], len(JPEG), answer_of, ETag='"1"'), answer_of(PNG, ETag='"2"'))
    assert (path.name, path.read_bytes()) == ("job-1.png", PNG)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Range": f"bytes 0-{len(PNG) - 1}/{len(PNG)}", "ETag": '"1"'},
        {"Content_Range": f"bytes 14-{len(PNG) - 1}/{len(PNG)}", "ETag": '"2"'},
        {"Content_Range": f"bytes 14-{len(PNG) - 1}/*", "ETag": '"1"'},
        {"ETag": '"1"'},
    ],
    ids=["another part", "another picture", "of an unknown whole", "of nothing"],
)
def test_a_part_that_does_not_fit_is_not_used(
    fetch: Callable[..., list[Path]], loopback: Any, answer_of: Any, headers: dict[str, str]
) -> None:
    """A host that gets parts wrong, or does not look at If-Range, mixes no two pictures into one file."""
    wrong = answer_of(PNG[14:], "206 Partial Content", **headers)
    (path,) = fetch(broken_off(JPEG[:14], len(JPEG), answer_of, ETag='"1"'), wrong, answer_of(PNG))
    assert (path.name, path.read_bytes()) == ("job-1.png", PNG)
    assert range_of(loopback, 2) == (None, None)


@pytest.mark.parametrize(
    "status", ["416 Range Not Satisfiable", "503 Service Unavailable", "429 Too Many Requests"]
)
def test_what_passes_is_tried_again(fetch: Callable[..., list[Path]], answer_of: Any, status: str) -> None:
    """A host that is busy, or has no such rest, is asked again."""
    first = broken_off(PNG[:10], len(PNG), answer_of, ETag='"1"')
    assert fetch(first, answer_of(b"", status), answer_of(PNG))[0].read_bytes() == PNG


def test_progress_does_not_go_back_when_a_picture_begins_anew(
    fetch: Callable[..., list[Path]], answer_of: Any
) -> None:
    """Neither do more bytes come than there will be."""
    told: list[tuple[int, int]] = []
    longer = broken_off(JPEG + bytes(100), 1000, answer_of)
    fetch(longer, answer_of(PNG), on_progress=lambda count, total: told.append((count, total)))
    assert [count for count, _ in told] == sorted(count for count, _ in told)
    assert all(count <= total for count, total in told)


def test_the_emulator_gives_the_rest_of_a_picture(emulated: Leap) -> None:
    """What a real server says of a picture is enough to go on with it, near its start and at its end."""
    job = emulated.generate_images.create_and_wait(prompt="a fox", model_id="m", poll_interval=0.001)
    url = job.images[0].uri
    client = emulated.generate_images.api_client
    with client.fetch(url, most_bytes=10**8) as answer:
        whole = b"".join(answer)
        assert answer.validator
    for offset in (1, len(whole) - 1):
        with client.fetch(url, most_bytes=10**8, offset=offset, validator=answer.validator) as rest:
            assert (rest.offset, rest.size) == (offset, len(whole))
            assert b"".join(rest) == whole[offset:]
    with client.fetch(url, most_bytes=10**8, offset=1, validator='"another"') as anew:
        assert (anew.offset, anew.size) == (0, len(whole))


def test_the_emulators_pictures_survive_its_faults(
    emulator: Emulator, emulated: Leap, tmp_path: Path
) -> None:
    """A reset in the middle of the picture, one before it and a 503 leave the file whole."""
    job = emulated.generate_images.create_and_wait(prompt="a fox", model_id="m", poll_interval=0.001)
    (whole,) = emulated.generate_images.download(job, tmp_path, "whole{ext}")
    add = emulator.faults.add
    rules = [
        add(path="/images/*", times=1, reset="body", bytes_per_second=1_000_000),
        add(path="/images/*", times=1, reset="before"),
        add(path="/images/*", times=1, status=503),
    ]
    (path,) = emulated.generate_images.download(job, tmp_path)
    assert path.read_bytes() == whole.read_bytes()
    assert [rule.hits for rule in rules] == [1, 1, 1]
