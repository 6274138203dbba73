"""What every side of the benchmark sends and is answered: the same arguments, jobs and bytes."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

TOKEN = "benchmark-token"  # noqa: S105 - no secret: only the loopback server ever sees it
MODEL_ID = "26a1a203-3a46-42cb-8cfa-f4de075907d8"
JOB_ID = "a047df00-8bdd-4d57-a9bd-6eebef36ecaa"
PAGE_SIZE = 1000
MODELS = 10_000
MUSIC_JOBS = 1000

PROMPT = "A photo of an astronaut riding a horse"
NEGATIVE_PROMPT = "asymmetric, bad hands, bad hair"
STEPS = 50
WIDTH = 1024
HEIGHT = 1024
NUMBER_OF_IMAGES = 1
PROMPT_STRENGTH = 7
SEED = 4523184

JOBS_PATH = f"/api/v1/images/models/{MODEL_ID}/inferences"
JOB_PATH = f"{JOBS_PATH}/{JOB_ID}"
MODELS_PATH = "/api/v2/images/models"
TRAINING_PATH = f"{MODELS_PATH}/new"
MUSIC_PATH = "/api/v1/music"
OPENAI_PATH = "/v1/images/generations"

_SUBMITTED = datetime(2023, 5, 9, 13, 18, 46, 85_000, tzinfo=UTC)
_SUBJECTS = ("an astronaut", "a lighthouse", "two red foxes", "an old tram", "a glass teapot")
_PLACES = ("on a beach at dawn", "in deep snow", "under a stormy sky", "in a quiet library")
_STYLES = ("oil on canvas", "35 mm film, soft light", "pencil sketch", "studio photo, high detail")


@dataclass(frozen=True)
class Site:
    """One set of canned answers, served on a port of its own.

    Args:
        jobs: How many jobs the list holds.
        model_id: Whether a job's `modelId` is a string or an array of one string; each published
            client accepts one of the two.
        create_status: The status that answers `create`; 1.1.4 reads a body with 201 only.
        models: How many models there are.
        music_jobs: How many music jobs there are.
    """

    jobs: int = PAGE_SIZE
    model_id: Literal["string", "array"] = "string"
    create_status: Literal[200, 201] = 200
    models: int = 1
    music_jobs: int = 1

    def answers(self) -> dict[bytes, bytes]:
        """Whole HTTP responses by the method and path that they answer."""
        jobs = finished_jobs(self.jobs)
        if self.model_id == "array":
            jobs = [{**job, "modelId": [job["modelId"]]} for job in jobs]
        queued = {**jobs[0], "state": "queued", "status": "queued", "images": []}
        return {
            f"POST {JOBS_PATH}".encode(): _response(self.create_status, queued),
            f"GET {JOBS_PATH}".encode(): _response(200, jobs),
            f"GET {JOB_PATH}".encode(): _response(200, jobs[0]),
            f"DELETE {JOB_PATH}".encode(): _response(200),
            f"POST {TRAINING_PATH}".encode(): _response(200, models(1)[0]),
            f"GET {MODELS_PATH}".encode(): _response(200, {"models": models(self.models)}),
            f"GET {MUSIC_PATH}".encode(): _response(200, music_jobs(self.music_jobs)),
            f"POST {OPENAI_PATH}".encode(): _response(200, openai_images()),
        }


def finished_jobs(count: int) -> list[dict[str, object]]:
    """Finished jobs with one picture each, about 585 bytes a job, the same ones every time.

    They are plain ASCII: one character outside it would make `json.loads` build a wider copy of the
    whole text, which would flatter the other side.
    """
    draw = random.Random(count)  # noqa: S311 - the same jobs every time is the point
    return [_finished_job(draw, number) for number in range(count)]


def models(count: int) -> list[dict[str, object]]:
    """Models that have been trained on four pictures, about 480 bytes each, the same ones every time."""
    draw = random.Random(count)  # noqa: S311 - the same models every time is the point
    return [
        {
            "id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "name": f"{draw.choice(_SUBJECTS)} {number}",
            "createdAt": _timestamp(_SUBMITTED + timedelta(minutes=47 * number)),
            "subjectKeyword": "@me",
            "subjectType": "person",
            "status": "finished",
            "imageSamples": [
                f"https://images.example.com/samples/{uuid.UUID(int=draw.getrandbits(128), version=4)}.png"
                for _ in range(4)
            ],
        }
        for number in range(count)
    ]


def music_jobs(count: int) -> list[dict[str, object]]:
    """Finished music jobs, about 270 bytes each, the same ones every time."""
    draw = random.Random(count)  # noqa: S311 - the same jobs every time is the point
    ids = [uuid.UUID(int=draw.getrandbits(128), version=4) for _ in range(count)]
    return [
        {
            "id": str(job_id),
            "createdAt": _timestamp(_SUBMITTED + timedelta(seconds=47 * number)),
            "prompt": f"the sound of {draw.choice(_SUBJECTS)} {draw.choice(_PLACES)}",
            "state": "finished",
            "media_uri": f"https://music.example.com/sounds/{job_id}.wav",
        }
        for number, job_id in enumerate(ids)
    ]


def openai_images() -> dict[str, object]:
    """What OpenAI's `images.generate` is answered."""
    uri = f"https://images.example.com/private/org-benchmark/user-benchmark/img-{JOB_ID}.png?se=2024-05-09T15%3A18"
    return {"created": 1683638326, "data": [{"revised_prompt": PROMPT, "url": uri}]}


def _finished_job(draw: random.Random, number: int) -> dict[str, object]:
    job_id = uuid.UUID(int=draw.getrandbits(128), version=4)
    image_id = uuid.UUID(int=draw.getrandbits(128), version=4)
    submitted = _SUBMITTED + timedelta(seconds=47 * number)
    prompt = f"{draw.choice(_SUBJECTS)} {draw.choice(_PLACES)}, {draw.choice(_STYLES)}"
    return {
        "id": str(job_id),
        "createdAt": _timestamp(submitted),
        "prompt": prompt,
        "negativePrompt": NEGATIVE_PROMPT,
        "seed": draw.randrange(2**32),
        "width": WIDTH,
        "height": HEIGHT,
        "promptStrength": draw.choice((7, 7.5, 9)),
        "numberOfImages": NUMBER_OF_IMAGES,
        "state": "finished",
        "status": "finished",
        "steps": STEPS,
        "images": [
            {
                "id": str(image_id),
                "createdAt": _timestamp(submitted + timedelta(milliseconds=draw.randrange(4000, 20_000))),
                "uri": f"https://images.example.com/pictures/{image_id}.png",
            }
        ],
        "modelId": MODEL_ID,
        "upscalingOption": "x1",
    }


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _response(status: int, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    reason = {200: "OK", 201: "Created"}[status]
    head = [f"HTTP/1.1 {status} {reason}", "Date: Tue, 09 May 2023 13:18:46 GMT"]
    if body is not None:
        head += ["Content-Type: application/json; charset=utf-8", 'ETag: W/"249-benchmark"']
    head += [f"Content-Length: {len(content)}", "Connection: keep-alive", "Keep-Alive: timeout=5"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content
