# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""ErrorEntity: What the server says when it refuses a request."""

from __future__ import annotations

from leap.model.error_message import ErrorMessage
from leap.schemas import Model, field


class ErrorEntity(Model):
    """What the server says when it refuses a request."""

    status_code: float = field("statusCode")
    """The HTTP status code once more."""

    message: ErrorMessage = field("message")

    error: str | None = field("error", default=None)
    """The name of the status code."""
