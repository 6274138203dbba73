"""Client of the Leap image-generation API.

from leap import Leap

leap = Leap(access_token="…")
response = leap.generate_images.create(prompt="a red fox in the snow", model_id="…")
print(response.body.id, response.body.state)
"""

from leap.api_response import ApiResponse, ApiResponseWithoutDeserialization
from leap.client import Leap
from leap.configuration import Configuration
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
    WebhookPayloadError,
)
from leap.schemas import Unset, unset
from leap.version import __version__

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
    "JobFailedError",
    "JobTimeoutError",
    "Leap",
    "NotFoundError",
    "OpenApiException",
    "ResponseDecodingError",
    "ResponseValidationError",
    "ResponseValidationWarning",
    "SchemaValidationError",
    "ServerError",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnprocessableEntityError",
    "Unset",
    "WebhookPayloadError",
    "__version__",
    "unset",
]
