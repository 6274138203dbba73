# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""The calls of the API: `tags` holds a class for each group of them."""
