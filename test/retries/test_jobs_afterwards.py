"""How many jobs there are after a submission that went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, Leap

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap.emulator import Emulator


FAULTS: dict[str, tuple[dict[str, Any], int, int]] = {
    # what goes wrong, how many requests are made of it, how many jobs there are
    "the answer is lost": ({"reset": "after"}, 1, 1),
    "the answer breaks off": ({"reset": "body"}, 1, 1),
    "the request is lost": ({"reset": "before"}, 1, 0),
    "a gateway gives up": ({"status": 504, "carried_out": True}, 1, 1),
    "the server fails": ({"status": 500}, 1, 0),
    "a gateway's page": ({"body": "html"}, 1, 1),
    "half of the JSON": ({"body": "truncated"}, 1, 1),
    "too many requests": ({"status": 429, "retry_after": 1}, 2, 1),
    "closed for a while": ({"status": 503, "retry_after": 1}, 2, 1),
    "closed": ({"status": 503}, 1, 0),
}


def create(leap: Leap, **options: Any) -> Any:
    """A create whose arguments do not matter."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def failed(call: Callable[..., Any], leap: Leap, **options: Any) -> ApiException:
    """What a call that fails raises."""
    with pytest.raises(ApiException) as caught:
        call(leap, **options)
    return caught.value


@pytest.mark.parametrize("name", FAULTS)
def test_never_a_second_job(emulated: Leap, emulator: Emulator, name: str) -> None:
    """Whatever happens to a submission once, there is never more than one job of it."""
    fault, requests, jobs = FAULTS[name]
    rule = emulator.faults.add(method="POST", times=1, **fault)
    hits = []
    derived = emulated.with_options(on_request=hits.append, max_retries=5)
    if requests > 1:
        assert create(derived).attempts == requests
    else:
        error = failed(create, derived)
        assert (error.attempts, error.may_have_been_accepted) == (1, True)
    assert (rule.hits, len(hits)) == (1, requests)
    assert len(emulator.workspace("leap-token-5f0e1c").jobs()) == jobs
