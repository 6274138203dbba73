"""What a model is to learn, and from which pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from leap.emulator.kinds import Kind


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A `CreateAndTrainModelDto` that has been checked, with a value for each text that it left out.

    Sample pictures that were brought as files are files of the job.
    """

    kind: ClassVar[Kind] = Kind.TRAINING

    name: str = "Untitled model"
    subject_keyword: str = "@me"
    subject_type: str = "person"
    webhook_url: str | None = None
    sample_urls: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Self:
        """Read a body that keeps the contract."""
        return cls(**{_NAMES[wire]: value for wire, value in body.items() if wire in _NAMES})

    def to_record(self) -> dict[str, Any]:
        """Give every field by name, for the store to keep as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


_NAMES = {
    "name": "name",
    "subjectKeyword": "subject_keyword",
    "subjectType": "subject_type",
    "webhookUrl": "webhook_url",
    "imageSampleUrls": "sample_urls",
}
