"""What a job is to draw: all that a renderer gets to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from leap.emulator.kinds import Kind

# A double holds every whole number up to here, so 512.0 and 512 are the same number on the wire.
_LARGEST_EXACT: Final = 2**53

Number = int | float


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A `CreateInferenceDto` that has been checked, with the service's defaults for what it left out.

    Width and height are pixels.
    """

    kind: ClassVar[Kind] = Kind.IMAGE

    prompt: str
    model_id: str
    seed: Number
    negative_prompt: str = "asymmetric, watermarks"
    steps: Number = 50
    width: int = 1024
    height: int = 1024
    number_of_images: int = 1
    prompt_strength: Number = 7
    webhook_url: str | None = None

    @classmethod
    def of_body(cls, body: Mapping[str, Any], model_id: str, seed: int) -> Self:
        """Read a body that keeps the contract; `seed` is for one that gives none."""
        given: dict[str, Any] = {"model_id": model_id, "seed": seed}
        given |= {_NAMES[wire]: _shortest(value) for wire, value in body.items()}
        return cls(**given)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.prompt

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self:
        """Read what `to_record` gave."""
        return cls(**record)

    def to_record(self) -> dict[str, Any]:
        """Give every field by name, for the store to keep as JSON."""
        # dataclasses.asdict would copy each value, which takes longer than to store them.
        return {name: getattr(self, name) for name in self.__slots__}


_NAMES: Final = {
    "prompt": "prompt",
    "negativePrompt": "negative_prompt",
    "steps": "steps",
    "width": "width",
    "height": "height",
    "numberOfImages": "number_of_images",
    "promptStrength": "prompt_strength",
    "seed": "seed",
    "webhookUrl": "webhook_url",
}


def _shortest(value: object) -> object:
    """Write a whole number without a fraction, as the service's JavaScript does: 512.0 is 512."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    return value
