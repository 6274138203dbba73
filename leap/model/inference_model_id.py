# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""InferenceModelId: Id of the model that drew the pictures.

Some versions of the service send a list of ids.
"""

from __future__ import annotations

from typing import TypeAlias

InferenceModelId: TypeAlias = str | tuple[str, ...]
"""Id of the model that drew the pictures. Some versions of the service send a list of ids."""
