"""What a music job is to play."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from leap.emulator.kinds import Kind


@dataclass(frozen=True, slots=True)
class MusicRequest:
    """A `CreateMusicgenInferenceDto` that has been checked; the duration is in seconds."""

    kind: ClassVar[Kind] = Kind.MUSIC
    webhook_url: ClassVar[None] = None
    """The contract has none for music."""

    prompt: str
    mode: str
    duration: float

    @property
    def title(self) -> str:
        """What people call it."""
        return self.prompt

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Self:
        """Read a body that keeps the contract."""
        return cls(body["prompt"], body["mode"], body["duration"])

    def to_record(self) -> dict[str, Any]:
        """Give every field by name, for the store to keep as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}
