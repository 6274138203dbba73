"""A body is checked by openapi.yaml, and by nothing else."""

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from leap.emulator import contract

ROOT = Path(__file__).parents[2]
DOCUMENT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
WHOLE = OAS30Validator(DOCUMENT["components"]["schemas"]["CreateInferenceDto"])
CREATE = next(each for each in contract.load() if each.id == "InferencesController_create")

NUMBERS = (
    st.integers(-10, 40) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([64, 72.0])
)
VALUES = st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.lists(NUMBERS, max_size=2)
NAMES = st.sampled_from([*WHOLE.schema["properties"], "id", ""])


@settings(max_examples=500, deadline=None)
@given(
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.fixed_dictionaries({"prompt": st.text(max_size=5)})
    | st.fixed_dictionaries({"steps": NUMBERS, "width": NUMBERS, "numberOfImages": NUMBERS}),
)
def test_a_body_is_accepted_if_the_schema_as_a_whole_accepts_it(body: Any, more: Any) -> None:
    """Taking the schema apart for speed lets through and refuses what the document does."""
    body |= more
    assert (not CREATE.body_faults("application/json", body)) == WHOLE.is_valid(body), json.dumps(body)
