"""Music: its jobs, and the sound itself."""

import array
import io
import wave
from pathlib import Path
from typing import Any

import pytest

from leap.emulator import Emulator

MUSIC = "/api/v1/music"


def _sound(api: Any, **parameters: Any) -> bytes:
    answer = api.request("GET", api.played(**parameters)["media_uri"], headers={})
    assert answer.status == 200
    wav: bytes = answer.body
    return wav


def _samples(wav: bytes) -> tuple[wave.Wave_read, "array.array[int]"]:
    with wave.open(io.BytesIO(wav)) as sound:
        return sound, array.array("h", sound.readframes(sound.getnframes()))


@pytest.mark.parametrize("mode", ["melody", "music"])
@pytest.mark.parametrize("duration", [1, 2.5, 30])
def test_the_sound_is_as_long_as_asked_for(api: Any, mode: str, duration: float) -> None:
    """The WAV has exactly the duration, is heard through most of it, and is never cut off at its peak."""
    sound, samples = _samples(_sound(api, mode=mode, duration=duration))
    assert sound.getnframes() / sound.getframerate() == pytest.approx(duration, abs=1e-4)
    assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
    loud = max(map(abs, samples))
    assert 20_000 < loud < 32_767
    tenths = [samples[first : first + 2205] for first in range(0, len(samples) - 2205, 2205)]
    heard = [max(map(abs, tenth)) > loud / 50 for tenth in tenths]
    assert sum(heard) > 0.8 * len(heard)
    assert abs(samples[-1]) < 100  # it dies away


def test_the_same_request_sounds_the_same(api: Any) -> None:
    """Prompt, mode and duration decide every byte, and each of them matters."""
    first = _sound(api, prompt="rain \ud800 🌧")
    assert _sound(api, prompt="rain \ud800 🌧") == first
    others = [_sound(api, prompt="sun"), _sound(api, prompt="rain \ud800 🌧", mode="music")]
    assert len({first, *others}) == 3


def test_a_job_has_no_sound_before_its_end(connect: Any) -> None:
    """A job begins queued and without an address, which comes with the state finished."""
    with Emulator(speed=1) as emulator:
        job = connect(emulator).play(prompt="a drum")
        assert set(job) == {"id", "createdAt", "prompt", "state"}
        assert (job["prompt"], job["state"]) == ("a drum", "queued")


def test_a_job_that_fails_has_no_sound(api: Any) -> None:
    """A prompt can ask for failure, as with pictures."""
    job = api.played(prompt="a drum [fail: it burst]")
    assert job["state"] == "failed"
    assert "media_uri" not in job


def test_a_part_of_the_sound_can_be_asked_for(api: Any) -> None:
    """A player that jumps gets the range it asks for, with the type of a sound."""
    uri = api.played()["media_uri"]
    whole = api.request("GET", uri, headers={}).body
    part = api.request("GET", uri, headers={"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, whole[100:200])
    assert part.headers["content-type"] == "audio/wav"
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"


def test_a_sound_has_one_address(api: Any) -> None:
    """A sound is not found where pictures are, nor with another suffix."""
    uri = api.played()["media_uri"]
    for other in (uri.replace("/audio/", "/images/"), uri.replace(".wav", ".png")):
        assert api.request("GET", other, headers={}).status == 404


def test_jobs_are_listed_from_the_newest_on(api: Any, connect: Any, emulator: Emulator) -> None:
    """The list holds the workspace's jobs for music and nothing else; another's are out of reach."""
    jobs = [api.played(prompt=str(number)) for number in range(3)]
    api.finished()
    api.trained()
    assert api.request("GET", MUSIC).json == jobs[::-1]
    stranger = connect(emulator)
    assert stranger.request("GET", MUSIC).json == []
    missing = stranger.request("GET", f"{MUSIC}/{jobs[0]['id']}")
    assert (missing.status, missing.json["message"]) == (404, "Inference not found")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": 31}, "duration must not be greater than 30"),
        ({"duration": "28"}, "duration must be a number"),
        ({"mode": "noise"}, "mode must be one of: melody, music"),
        ({"tempo": 120}, "property tempo should not exist"),
    ],
)
def test_a_wrong_parameter_is_named(api: Any, change: dict[str, Any], message: str) -> None:
    """What breaks the contract is refused with a sentence that says what."""
    body = {"prompt": "a drum", "mode": "melody", "duration": 1, **change}
    answer = api.request("POST", MUSIC, body)
    assert (answer.status, answer.json["message"]) == (400, [message])


def test_sounds_outlive_a_restart(tmp_path: Path, connect: Any) -> None:
    """A sound is a file of the data, there after a restart; a job under way is carried on."""
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        api = connect(emulator)
        job = api.played()
        sound = api.request("GET", job["media_uri"]).body
    assert (tmp_path / "sounds" / f"{job['id']}-1.wav").read_bytes() == sound
    with Emulator(data=tmp_path, speed=1) as emulator:
        unfinished = connect(emulator, token=api.token).play()["id"]
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        api = connect(emulator, token=api.token)
        assert api.request("GET", api.ended(f"{MUSIC}/{job['id']}")["media_uri"]).body == sound
        assert api.ended(f"{MUSIC}/{unfinished}")["state"] == "finished"


def test_sounds_can_go_wrong_on_purpose(connect: Any) -> None:
    """A fault rule of a token hits the sounds of its workspace, which are fetched without a token."""
    with Emulator(speed=float("inf")) as emulator:
        mine, other = emulator.workspace(), emulator.workspace()
        uri = connect(emulator, token=mine.token).played()["media_uri"]
        theirs = connect(emulator, token=other.token).played()["media_uri"]
        mine.faults.add(path="/audio/*", status=503)
        plain = connect(emulator)
        assert plain.request("GET", uri, headers={}).status == 503
        assert plain.request("GET", theirs, headers={}).status == 200
        assert [job["media_uri"] for job in mine.music()] == [uri]
