"""What a job says of itself, whatever was sent as one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap.jobs import reading

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "state", "images", "uri"]), inner)
    ),
    max_leaves=10,
)


@given(ANY_JSON)
def test_nothing_that_was_sent_is_too_odd_to_be_read(job: Any) -> None:
    """Any JSON in place of a job gives text or nothing, not an error."""
    assert isinstance(reading.state_of(job), str)
    assert isinstance(reading.id_of(job), str)
    assert isinstance(reading.model_id_of(job), str)
    assert all(isinstance(url, str) for url in reading.picture_urls(job))
    assert reading.reason_of(job) is None or isinstance(reading.reason_of(job), str)


@pytest.mark.parametrize(("model_id", "told"), [("m", "m"), (["m", "n"], "m"), ([], ""), (None, ""), (7, "")])
def test_the_model_may_come_in_a_list(model_id: Any, told: str) -> None:
    """The service has sent `modelId` as a string and as a list of them."""
    assert reading.model_id_of({"modelId": model_id}) == told


@pytest.mark.parametrize("job_id", ["", ".", "..", "a\nb", "\x1b[2J", None, 7])
def test_an_id_that_leads_elsewhere_is_none(job_id: Any) -> None:
    """An id goes into an address and before people's eyes."""
    assert reading.id_of({"id": job_id}) == ""
