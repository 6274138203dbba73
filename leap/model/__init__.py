# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""The DTOs, one module for each; `leap.models` gathers them."""
