# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Leap, the client: one attribute for each group of calls."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from leap.api_client import ApiClient
from leap.secret import conceal_in

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, Unpack

    from leap.apis.tags.generate_images_api import GenerateImagesApi
    from leap.apis.tags.generate_music_api import GenerateMusicApi
    from leap.apis.tags.train_image_models_api import TrainImageModelsApi
    from leap.configuration import Configuration, OptionsOverPool, Settings


class Leap:
    """Client of the Leap API.

    One `Leap` may be shared by any number of threads. It opens no connection before the first call;
    `close()`, or leaving a `with` block, closes those that it has opened since. What a group of calls
    needs is imported when it is first asked for.

    Args:
        configuration: Every setting in one value; the environment fills in what it leaves out.
        **settings: The same settings one by one, instead of a configuration: `access_token=…`, `host=…`
            and the other fields of `Configuration`.

    Raises:
        ClientConfigurationError: There is no access token, or a setting has no usable value.
    """

    def __init__(self, configuration: Configuration | None = None, **settings: Unpack[Settings]) -> None:
        conceal_in(settings)  # type: ignore[arg-type]  # a TypedDict is a dict, and these are its keys
        self._take(ApiClient(configuration, **settings))

    def _take(self, api_client: ApiClient) -> None:
        self.api_client = api_client

    @cached_property
    def generate_images(self) -> GenerateImagesApi:
        """Submit image jobs, list them, read them and delete them."""
        from leap.apis.tags.generate_images_api import GenerateImagesApi

        return GenerateImagesApi(self.api_client)

    @cached_property
    def generate_music(self) -> GenerateMusicApi:
        """Submit music jobs, list them and read them."""
        from leap.apis.tags.generate_music_api import GenerateMusicApi

        return GenerateMusicApi(self.api_client)

    @cached_property
    def train_image_models(self) -> TrainImageModelsApi:
        """Train models of a subject, list them, read them and delete them."""
        from leap.apis.tags.train_image_models_api import TrainImageModelsApi

        return TrainImageModelsApi(self.api_client)

    def with_options(self, **options: Unpack[OptionsOverPool]) -> Self:
        """A client with other options over the same connections.

        Closing it leaves the connections to this one; closing this one closes them for both.

        Args:
            **options: `timeout=…` (seconds to connect and to read: one number, or a pair), `max_retries=…`,
                `deadline=…`, `access_token=…` and the other fields of `leap.configuration.ClientOptions`.

        Raises:
            ClientConfigurationError: An option has no usable value, or belongs to the connections.
        """
        conceal_in(options)  # type: ignore[arg-type]
        client = object.__new__(type(self))
        client._take(self.api_client.with_options(**options))
        return client

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

    def __reduce__(self) -> tuple[Any, ...]:
        # Without its connections.
        return type(self), (self.api_client.configuration,)

    def __repr__(self) -> str:
        # A traceback out of `__init__` shows it too, and then there is nothing to show.
        made = hasattr(self, "api_client")
        return f"Leap({self.api_client.told})" if made else "Leap(…)"
