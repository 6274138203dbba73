"""Makes a published client's calls, in that client's own environment.

A script that imports nothing of this project: `leap` is another package there. It is given the client's
name, the server and the arguments as one JSON value, then reads one line a request, `{"call": …,
"count": …}`, and answers each with `{"seconds": […]}` or `{"error": …}`.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Calls = dict[str, "Callable[[], object]"]


def leap_1_1_4(host: str, given: dict[str, Any]) -> Calls:
    """Version 1.1.4 has the calls under other names."""
    images = importlib.import_module("leap").Leap(host=host, access_token=given["token"]).images
    return {
        "create": lambda: images.generate(**given["create"]),
        "find_one": lambda: images.find_one(**given["job"]),
        "find_all": lambda: images.list_all(**given["list"]),
        "remove": lambda: images.delete(**given["job"]),
    }


def leap_1_0_0(host: str, given: dict[str, Any]) -> Calls:
    """Version 1.0.0 has the calls under the names of the user's document."""
    images = importlib.import_module("leap").Leap(host=host, access_token=given["token"]).generate_images
    return {
        "create": lambda: images.create(**given["create"]),
        "find_one": lambda: images.find_one(**given["job"]),
        "find_all": lambda: images.find_all(**given["list"]),
        "remove": lambda: images.remove(**given["job"]),
    }


def openai(host: str, given: dict[str, Any]) -> Calls:
    """OpenAI's client has one call that is alike."""
    images = importlib.import_module("openai").OpenAI(base_url=f"{host}/v1", api_key=given["token"]).images
    prompt = given["create"]["prompt"]
    return {"create": lambda: images.generate(prompt=prompt, model="dall-e-3", size="1024x1024", n=1)}


CLIENTS: dict[str, Callable[[str, dict[str, Any]], Calls]] = {
    "leap_1_1_4": leap_1_1_4,
    "leap_1_0_0": leap_1_0_0,
    "openai": openai,
}


def answer(calls: Calls, request: dict[str, Any]) -> dict[str, object]:
    """Make the calls that a request asks for and say how long each took, or what went wrong."""
    call = calls[request["call"]]
    seconds = []
    try:
        for _ in range(request["count"]):
            start = time.perf_counter()
            result = call()
            seconds.append(time.perf_counter() - start)
            del result
    except Exception as error:  # noqa: BLE001 - whatever a client raises is the finding
        return {"error": f"{type(error).__name__}: {error}"}
    return {"seconds": seconds}


def main() -> None:
    """Answer the requests of the standard input until it ends."""
    setup = json.loads(sys.argv[1])
    calls = CLIENTS[setup["client"]](setup["host"], setup["arguments"])
    for line in sys.stdin:
        print(json.dumps(answer(calls, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
