"""A running emulator, and a plain HTTP client that knows nothing of `leap`."""

import http.client
import io
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from urllib3 import encode_multipart_formdata

from leap.emulator import Emulator

SECONDS_TO_WAIT = 20.0
JOBS = "/api/v1/images/models/a-model/inferences"
MODELS = "/api/v2/images/models"
MUSIC = "/api/v1/music"


@dataclass
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass
class Api:
    """One workspace of one emulator."""

    url: str
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """Send one request on a connection of its own; anything but bytes is sent as JSON."""
        if headers is None:
            headers = {"Authorization": f"Bearer {self.token}"}
            if body is not None:
                headers["Content-Type"] = "application/json"
        if body is not None and not isinstance(body, bytes) and "encode_chunked" not in more:
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=SECONDS_TO_WAIT)
        try:
            connection.request(method, path.removeprefix(self.url), body, dict(headers), **more)
            response = connection.getresponse()
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lowered, response.read())
        finally:
            connection.close()

    def create(self, path: str = JOBS, **parameters: Any) -> Any:
        """Submit a job, small unless told otherwise."""
        answer = self.request("POST", path, {"prompt": "a prompt", "width": 64, "height": 64, **parameters})
        assert answer.status == 200, answer
        return answer.json

    def read(self, job_id: str, path: str = JOBS) -> Any:
        """Read a job."""
        return self.request("GET", f"{path}/{job_id}").json

    def finished(self, **parameters: Any) -> Any:
        """Submit a job and wait for its end."""
        job_id = self.create(**parameters)["id"]
        return wait_until(lambda: (job := self.read(job_id))["state"] == "finished" and job)

    def train(self, *parts: tuple[str, Any]) -> Answer:
        """Ask for a training with the parts of a form; without any, with one picture."""
        parts = parts or (("imageSampleFiles", ("fox.png", picture(), "image/png")),)
        body, content_type = encode_multipart_formdata(parts)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        return self.request("POST", f"{MODELS}/new", body, headers)

    def trained(self, *parts: tuple[str, Any]) -> Any:
        """Train a model and wait for its end."""
        answer = self.train(*parts)
        assert answer.status == 200, answer
        return self.ended(f"{MODELS}/{answer.json['id']}", "status")

    def play(self, **parameters: Any) -> Any:
        """Submit a music job, short unless told otherwise."""
        answer = self.request(
            "POST", MUSIC, {"prompt": "a calm piano", "mode": "melody", "duration": 1, **parameters}
        )
        assert answer.status == 200, answer
        return answer.json

    def played(self, **parameters: Any) -> Any:
        """Submit a music job and wait for its end."""
        return self.ended(f"{MUSIC}/{self.play(**parameters)['id']}")

    def ended(self, path: str, field: str = "state") -> Any:
        """Read something until it has finished or failed."""
        return wait_until(
            lambda: (read := self.request("GET", path).json)[field] in {"finished", "failed"} and read
        )


def picture(form: str = "PNG", size: int = 16) -> bytes:
    """A picture in one of Pillow's formats."""
    file = io.BytesIO()
    Image.new("RGB", (size, size), "orange").save(file, form)
    return file.getvalue()


def wait_until(condition: Callable[[], Any]) -> Any:
    """Ask again until the answer is true, and give it; fail when it takes too long."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    pause = threading.Event()
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        pause.wait(0.01)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulator for all tests that need no settings of their own."""
    with Emulator(speed=400) as running:
        yield running


@pytest.fixture
def api(emulator: Emulator) -> Api:
    """A clean workspace."""
    return Api(emulator.url)


@pytest.fixture
def connect() -> Callable[..., Api]:
    """Give a workspace of an emulator that the test started itself."""
    return lambda running, **token: Api(running.url, **token)


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[[Callable[[], Any]], Any]:
    return wait_until


@pytest.fixture
def jobs_path() -> str:
    """The path of a model's jobs."""
    return JOBS


@pytest.fixture(name="picture")
def _picture() -> Callable[..., bytes]:
    return picture
