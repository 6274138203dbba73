# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""CreateInferenceDto: What to draw, and how."""

from __future__ import annotations

from leap.schemas import Model, field


class CreateInferenceDto(Model, closed=True):
    """What to draw, and how."""

    prompt: str = field("prompt")
    """What the picture shows, in words."""

    negative_prompt: str | None = field("negativePrompt", default=None)
    """What the picture should not show. The server's default is "asymmetric, watermarks"."""

    steps: float | None = field("steps", default=None)
    """How many diffusion steps to run; more take longer. The server's default is 50."""

    width: float | None = field("width", default=None, multiple_of=8)
    """Width in pixels, a multiple of 8.

    1024 suits SDXL models, 512 the others. The server's default is 1024.
    """

    height: float | None = field("height", default=None, multiple_of=8)
    """Height in pixels, a multiple of 8.

    1024 suits SDXL models, 512 the others. The server's default is 1024.
    """

    number_of_images: float | None = field("numberOfImages", default=None, minimum=1, maximum=4)
    """How many pictures to draw, 1 to 4. The server's default is 1."""

    prompt_strength: float | None = field("promptStrength", default=None, minimum=0, maximum=30)
    """How closely the picture follows the prompt, 0 to 30; higher is closer. The server's default is 7."""

    seed: float | None = field("seed", default=None)
    """Where the randomness starts; the same seed gives the same picture. Random if left out."""

    webhook_url: str | None = field("webhookUrl", default=None)
    """A URL of yours that receives a POST with the job when it ends."""
