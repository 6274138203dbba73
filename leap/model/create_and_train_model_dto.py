# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""CreateAndTrainModelDto: What the model is to learn, and from which pictures."""

from __future__ import annotations

from collections.abc import Sequence

from leap.schemas import File, Model, field


class CreateAndTrainModelDto(Model, closed=True, exactly_one=("imageSampleUrls", "imageSampleFiles")):
    """What the model is to learn, and from which pictures."""

    name: str | None = field("name", default=None)
    """What the model is called."""

    subject_keyword: str | None = field("subjectKeyword", default=None)
    """The word that stands for the subject in prompts."""

    subject_type: str | None = field("subjectType", default=None)
    """What the subject is. The server's default is "person"."""

    webhook_url: str | None = field("webhookUrl", default=None)
    """A URL of yours that receives a POST with the model when its training ends."""

    image_sample_urls: Sequence[str] | None = field("imageSampleUrls", default=None)
    """Where the sample pictures are."""

    image_sample_files: Sequence[File] | None = field(
        "imageSampleFiles", default=None, content_types=("image/png", "image/jpeg", "image/webp")
    )
    """The sample pictures themselves."""
