"""What the values of the API are: DTOs, parameter schemas, and the rules that both are checked by.

`Model` and `field` are what a generated DTO is made of; `StrSchema`, `NumberSchema` and `BoolSchema` what
a generated parameter schema is made of; `File` is a file in a request; `unset` stands where a response has
nothing.
"""

from leap.schemas.files import File
from leap.schemas.model import Model, field
from leap.schemas.primitives import BoolClass, BoolSchema, NumberSchema, StrSchema
from leap.schemas.unset import Unset, unset

__all__ = [
    "BoolClass",
    "BoolSchema",
    "File",
    "Model",
    "NumberSchema",
    "StrSchema",
    "Unset",
    "field",
    "unset",
]
