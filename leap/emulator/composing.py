"""Composing: a tone sequence from a prompt, as a WAV. The same request gives the same bytes.

A melody is a walk over a pentatonic scale, in which every two notes go together; music has chords and a bass
below it. Each note is a period of three harmonics that is read again and again and fades away.
"""

import array
import io
import math
import random
import sys
import wave
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from leap.emulator.music_request import MusicRequest

FRAMES_PER_SECOND: Final = 22_050
"""One channel of 16 bits: 30 seconds are 1.3 MB."""

_PERIOD: Final = 1024  # samples of a table that holds one period
_SCALES: Final = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 7, 10)}  # semitones above the root
_RHYTHMS: Final = ((1.0, 1.0, 2.0), (1.0, 0.5, 0.5, 2.0), (1.5, 0.5, 1.0, 1.0), (0.5, 0.5, 1.0, 2.0))
_BEATS_IN_BAR: Final = 4
_ROOTS: Final = range(57, 65)  # MIDI numbers: from A below middle C
_FADE: Final = 0.05  # seconds at the end in which everything dies away
_PEAK: Final = 0.8
_LARGEST: Final = 32_767  # of a sample of 16 bits


class _Note(NamedTuple):
    """When a note begins and how long it sounds, in frames; its MIDI number, and how loud it is."""

    begin: int
    length: int
    pitch: int
    volume: float


def compose(request: MusicRequest) -> bytes:
    """Play what is asked for, exactly as long as it is, and give the bytes of the WAV."""
    chance = random.Random(f"{request.mode} {request.prompt}".encode(errors="surrogatepass"))  # noqa: S311 - to be reproducible
    beat = round(60 / chance.randint(84, 132) * FRAMES_PER_SECOND)
    scale = _SCALES[chance.choice(sorted(_SCALES))]
    root = chance.choice(_ROOTS)
    # Three bars are thought of and played once, and come again; four of them make the tune.
    bars = [
        _played(_bar(chance, beat, root, scale, is_full=request.mode == "music"), _BEATS_IN_BAR * beat)
        for _ in range(3)
    ]
    tune = bars[0] + bars[1] + bars[0] + bars[2]
    frames = round(request.duration * FRAMES_PER_SECOND)
    track = tune * math.ceil(frames / len(tune))
    return _wav(_scaled(track[:frames]))


def _bar(
    chance: random.Random, beat: int, root: int, scale: Sequence[int], *, is_full: bool
) -> Iterator[_Note]:
    """Think of the notes of one bar, with a bass and a chord below the melody if it is to be full."""
    at, first = 0.0, None
    for step, beats in _phrase(chance):
        first = step if first is None else first
        yield _Note(round(at * beat), round(beats * beat), _pitch(root, scale, step), 1.0)
        at += beats
    if is_full and first is not None:
        low = first - len(scale)
        for step, volume in ((low - len(scale), 0.8), (low, 0.35), (low + 2, 0.35), (low + 3, 0.35)):
            yield _Note(0, _BEATS_IN_BAR * beat, _pitch(root, scale, step), volume)


def _phrase(chance: random.Random) -> Iterator[tuple[int, float]]:
    """Think of a bar of melody: steps of the scale, each with its beats."""
    step = chance.randrange(5)
    for beats in chance.choice(_RHYTHMS):
        yield step, beats
        step = min(max(step + chance.choice((-2, -1, -1, 1, 1, 2)), -3), 8)


def _pitch(root: int, scale: Sequence[int], step: int) -> int:
    octave, place = divmod(step, len(scale))
    return root + 12 * octave + scale[place]


def _played(notes: Iterable[_Note], frames: int) -> "array.array[float]":
    """Play all notes at once."""
    track = array.array("d", bytes(8 * frames))
    for note in notes:
        sound = _sound(note.pitch, min(note.length, frames - note.begin))
        for frame, sample in enumerate(sound, note.begin):
            track[frame] += sample * note.volume
    return track


@cache
def _period() -> "array.array[float]":
    """One period of a soft tone."""
    turns = [2 * math.pi * place / _PERIOD for place in range(_PERIOD)]
    return array.array("d", [math.sin(x) + 0.35 * math.sin(2 * x) + 0.12 * math.sin(3 * x) for x in turns])


def _sound(pitch: int, length: int) -> "array.array[float]":
    """Play one note, which swells for a moment and fades away until its end."""
    period, mask = _period(), _PERIOD - 1
    step = 440 * 2 ** ((pitch - 69) / 12) * _PERIOD / FRAMES_PER_SECOND
    swell = FRAMES_PER_SECOND // 100
    fall = math.exp(-3 / length)
    volume = 1.0
    sound = array.array("d")
    for frame in range(length):
        sound.append(period[int(frame * step) & mask] * volume * min(1.0, frame / swell))
        volume *= fall
    return sound


def _scaled(track: "array.array[float]") -> "array.array[int]":
    """Give the track as 16 bit samples, as loud as can be without harm, and let it die away at its end."""
    loudest = max(map(abs, track), default=0.0) or 1.0
    scale = _PEAK * _LARGEST / loudest
    fade = min(len(track), round(_FADE * FRAMES_PER_SECOND))
    for left in range(fade):
        track[-1 - left] *= left / fade
    return array.array("h", [round(sample * scale) for sample in track])


def _wav(samples: "array.array[int]") -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(FRAMES_PER_SECOND)
        sound.writeframes(samples.tobytes())
    return file.getvalue()
