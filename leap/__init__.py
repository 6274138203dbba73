"""Client of the Leap image-generation API.

from leap import Leap

leap = Leap(access_token="…")
response = leap.generate_images.create(prompt="a red fox in the snow", model_id="…")
print(response.body.id, response.body.state)
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from leap.api_response import ApiResponse, ApiResponseWithoutDeserialization
from leap.client import Leap
from leap.configuration import Configuration
from leap.events import RequestEvent, ResponseEvent
from leap.exceptions import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    ApiTypeError,
    ApiValueError,
    BadRequestError,
    ClientClosedError,
    ClientConfigurationError,
    ConflictError,
    DownloadError,
    ForbiddenError,
    InsecureTransportError,
    InsecureTransportWarning,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
    OpenApiException,
    ResponseDecodingError,
    ResponseValidationError,
    ResponseValidationWarning,
    SchemaValidationError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
    UnprocessableEntityError,
    UploadError,
    WebhookPayloadError,
)
from leap.response_headers import RateLimit
from leap.schemas import Unset, unset
from leap.schemas.showing import show_with as _show_with
from leap.version import __version__

if _TYPE_CHECKING:
    from leap import webhooks as webhooks

__all__ = [
    "ApiConnectionError",
    "ApiException",
    "ApiResponse",
    "ApiResponseWithoutDeserialization",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestError",
    "ClientClosedError",
    "ClientConfigurationError",
    "Configuration",
    "ConflictError",
    "DownloadError",
    "ForbiddenError",
    "InsecureTransportError",
    "InsecureTransportWarning",
    "JobFailedError",
    "JobTimeoutError",
    "Leap",
    "NotFoundError",
    "OpenApiException",
    "RateLimit",
    "RequestEvent",
    "ResponseDecodingError",
    "ResponseEvent",
    "ResponseValidationError",
    "ResponseValidationWarning",
    "SchemaValidationError",
    "ServerError",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnprocessableEntityError",
    "Unset",
    "UploadError",
    "WebhookPayloadError",
    "__version__",
    "unset",
]

# By its name: it is imported when a notebook first shows something.
_show_with("leap.notebook")

if not _TYPE_CHECKING:
    # Type checkers would take it for leave to read any name.

    def __getattr__(name: str) -> object:
        """`leap.webhooks` without an import of its own; it is not read before it is used."""
        if name == "webhooks":
            from importlib import import_module

            return import_module("leap.webhooks")
        raise AttributeError(f"module 'leap' has no attribute {name!r}", name=name)
