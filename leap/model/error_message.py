# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""ErrorMessage: What is wrong, as one sentence or as a list with one sentence for each fault."""

from __future__ import annotations

from typing import TypeAlias

ErrorMessage: TypeAlias = str | tuple[str, ...]
"""What is wrong, as one sentence or as a list with one sentence for each fault."""
