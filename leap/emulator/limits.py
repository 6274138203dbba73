"""The emulator's own limits, where openapi.yaml sets none and a server still has to.

The contract's limits are not repeated here: `contract` checks them, and a request is held to both.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

SMALLEST_SIDE: Final = 8
"""Pixels. The contract asks for a multiple of 8 and so would allow 0."""

LARGEST_SIDE: Final = 4096
"""Pixels. A picture of 4096 by 4096 takes about 50 MB while it is drawn."""

DEFAULT_PAGE_SIZE: Final = 20
"""Jobs on a page of the list if `pageSize` is not given."""

LARGEST_PAGE_SIZE: Final = 100
"""Jobs on a page of the list at most."""

MOST_FILES: Final = 100
"""Files in one request at most."""

LARGEST_FILE: Final = 32 * 1024 * 1024
"""Bytes of one file in a request at most."""

MOST_FIELDS: Final = 1000
"""Texts in one form at most."""

LONGEST_FIELD: Final = 64 * 1024
"""Bytes of one text in a form at most."""


def faults(arguments: Mapping[str, Any], body: object) -> list[str]:
    """Name everything in a request that the contract allows and the emulator does not.

    Takes the parameters that the contract found no fault in, and the body as it was sent.
    """
    found = [
        # The contract has them as numbers, and the API's document calls with 3.14: the whole part counts.
        *_faults_of_number("page", arguments.get("page"), least=1),
        *_faults_of_number("pageSize", arguments.get("pageSize"), least=1, most=LARGEST_PAGE_SIZE),
    ]
    if isinstance(body, dict):
        found += [
            *_faults_of_number("width", body.get("width"), least=SMALLEST_SIDE, most=LARGEST_SIDE),
            *_faults_of_number("height", body.get("height"), least=SMALLEST_SIDE, most=LARGEST_SIDE),
            *_faults_of_number("numberOfImages", body.get("numberOfImages"), whole=True),
        ]
    return found


def _faults_of_number(
    name: str, value: object, *, least: int | None = None, most: int | None = None, whole: bool = False
) -> list[str]:
    """Name the fault of a number that has to be within limits, or whole.

    What is no number at all, or not finite, is for the contract to refuse.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return []
    if whole and value != value // 1:
        return [f"{name} must be an integer number"]
    if least is not None and value < least:
        return [f"{name} must not be less than {least}"]
    if most is not None and value > most:
        return [f"{name} must not be greater than {most}"]
    return []
