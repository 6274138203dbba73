# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Leap, the client: one attribute for each group of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leap.api_client import ApiClient
from leap.apis.tags.generate_images_api import GenerateImagesApi

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, Unpack

    from leap.configuration import Configuration, Settings


class Leap:
    """Client of the Leap API.

    One `Leap` may be shared by any number of threads. It opens no connection before the first call;
    `close()`, or leaving a `with` block, closes those that it has opened since.

    Args:
        configuration: Every setting in one value; the environment fills in what it leaves out.
        **settings: The same settings one by one, instead of a configuration: `access_token=…`, `host=…`
            and the other fields of `Configuration`.

    Raises:
        ClientConfigurationError: There is no access token, or a setting has no usable value.
    """

    def __init__(self, configuration: Configuration | None = None, **settings: Unpack[Settings]) -> None:
        self.api_client = ApiClient(configuration, **settings)
        self.generate_images = GenerateImagesApi(self.api_client)
        """Submit image jobs, list them, read them and delete them."""

    def close(self) -> None:
        """Close every connection; a call after that raises `ClientClosedError`."""
        self.api_client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Leap(host={self.api_client.configuration.host!r})"
