"""The User-Agent: who asks, for those who read the logs of the server."""

from __future__ import annotations

import platform
import re
import sys
from typing import TYPE_CHECKING, Any

from leap.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Loopback

    from leap import Leap


def test_the_user_agent_names_version_and_platform(
    leap: Leap,
    loopback: Loopback,
    answer_of: Callable[..., bytes],
    job: dict[str, Any],
) -> None:
    """Each attempt of a call says which version of the client asks, on which Python and which platform."""
    loopback.answer(answer_of({}, "503 Service Unavailable"), answer_of(job))
    leap.generate_images.find_one(model_id="m", inference_id="i")
    first, second = (request.headers.get_all("User-Agent") for request in loopback.requests)
    assert first == second == [f"leap-sdk/{__version__} (Python {platform.python_version()}; {sys.platform})"]
    # The form that RFC 9110 gives it, in section 10.1.5: a product with its version, and a comment.
    assert re.fullmatch(r"[\w.+-]+/[\w.+-]+ \([^()]*\)", first[0])


def test_downloads_name_it_too(
    leap: Leap, loopback: Loopback, answer_of: Callable[..., bytes], job: dict[str, Any], tmp_path: Any
) -> None:
    """The host of the pictures is told the same, and not the token."""
    picture = {"id": "p", "createdAt": job["createdAt"], "uri": f"{loopback.url}/p.png"}
    loopback.answer(
        answer_of({**job, "state": "finished", "images": [picture]}), answer_of(b"\x89PNG\r\n\x1a\n")
    )
    found = leap.generate_images.find_one(model_id="m", inference_id="i")
    leap.generate_images.download(found, tmp_path)
    call, download = loopback.requests
    assert download.target == "/p.png"
    assert download.headers["User-Agent"] == call.headers["User-Agent"]
    assert "Authorization" not in download.headers
