"""The calls as a person writes them without a client: urllib3's `PoolManager` and `json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import urllib3

from benchmarks import canned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ByHand:
    """The calls, written by hand.

    One pool is kept and the headers are made once, as a careful person would. Nothing is checked but
    the status, and the arguments are constants: this side has no work to do that could be left out.

    Args:
        host: Scheme, address and port of the server.
    """

    def __init__(self, host: str) -> None:
        self._pool = urllib3.PoolManager()
        self._host = host
        self._headers = {"Authorization": f"Bearer {canned.TOKEN}", "Accept": "application/json"}
        self._json_headers = {**self._headers, "Content-Type": "application/json"}

    def close(self) -> None:
        """Close the pool's connections."""
        self._pool.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create(self) -> Any:
        """Submit a job."""
        response = self._pool.request(
            "POST",
            f"{self._host}/api/v1/images/models/{canned.MODEL_ID}/inferences",
            headers=self._json_headers,
            body=json.dumps(
                {
                    "prompt": canned.PROMPT,
                    "negativePrompt": canned.NEGATIVE_PROMPT,
                    "steps": canned.STEPS,
                    "width": canned.WIDTH,
                    "height": canned.HEIGHT,
                    "numberOfImages": canned.NUMBER_OF_IMAGES,
                    "promptStrength": canned.PROMPT_STRENGTH,
                    "seed": canned.SEED,
                }
            ),
        )
        _require_success(response)
        return json.loads(response.data)

    def find_one(self) -> Any:
        """Read a job."""
        response = self._pool.request(
            "GET",
            f"{self._host}/api/v1/images/models/{canned.MODEL_ID}/inferences/{canned.JOB_ID}",
            headers=self._headers,
        )
        _require_success(response)
        return json.loads(response.data)

    def find_all(self) -> Any:
        """List the jobs of a model."""
        query = f"onlyFinished=true&page=1&pageSize={canned.PAGE_SIZE}"
        response = self._pool.request(
            "GET",
            f"{self._host}/api/v1/images/models/{canned.MODEL_ID}/inferences?{query}",
            headers=self._headers,
        )
        _require_success(response)
        return json.loads(response.data)

    def remove(self) -> None:
        """Delete a job."""
        response = self._pool.request(
            "DELETE",
            f"{self._host}/api/v1/images/models/{canned.MODEL_ID}/inferences/{canned.JOB_ID}",
            headers=self._headers,
        )
        _require_success(response)

    def list_all_models(self) -> Any:
        """List the models of the workspace."""
        response = self._pool.request("GET", self._host + canned.MODELS_PATH, headers=self._headers)
        _require_success(response)
        return json.loads(response.data)

    def find_all_audio(self) -> Any:
        """List the music jobs of the workspace."""
        response = self._pool.request("GET", self._host + canned.MUSIC_PATH, headers=self._headers)
        _require_success(response)
        return json.loads(response.data)

    def train_model(self, pictures: Sequence[Path]) -> Any:
        """Train a model on some pictures."""
        fields: list[tuple[str, Any]] = [("name", canned.PROMPT)]
        fields += [("imageSampleFiles", (path.name, path.read_bytes(), "image/png")) for path in pictures]
        response = self._pool.request(
            "POST", self._host + canned.TRAINING_PATH, headers=self._headers, fields=fields
        )
        _require_success(response)
        return json.loads(response.data)


def _require_success(response: urllib3.BaseHTTPResponse) -> None:
    if response.status not in (200, 201):
        raise RuntimeError(f"the server answered {response.status} {response.reason}")
