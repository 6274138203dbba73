"""What `leap` offers, and what importing it and making a client costs."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import leap
from leap import models

ROOT = Path(leap.__file__).parents[1]

NAMES = {
    "ApiConnectionError",
    "ApiException",
    "ApiResponse",
    "ApiResponseWithoutDeserialization",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestError",
    "ClientClosedError",
    "ClientConfigurationError",
    "Configuration",
    "ConflictError",
    "DownloadError",
    "ForbiddenError",
    "InsecureTransportError",
    "InsecureTransportWarning",
    "JobFailedError",
    "JobTimeoutError",
    "Leap",
    "NotFoundError",
    "OpenApiException",
    "RateLimit",
    "RequestEvent",
    "ResponseDecodingError",
    "ResponseEvent",
    "ResponseValidationError",
    "ResponseValidationWarning",
    "SchemaValidationError",
    "ServerError",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnprocessableEntityError",
    "Unset",
    "UploadError",
    "WebhookPayloadError",
    "__version__",
    "unset",
}

MODEL_NAMES = {
    "CreateAndTrainModelDto",
    "CreateInferenceDto",
    "CreateMusicgenInferenceDto",
    "ErrorEntity",
    "ErrorMessage",
    "InferenceEntity",
    "InferenceImageEntity",
    "InferenceModelId",
    "InferencesControllerFindAllResponse",
    "ListModelsV2Response",
    "ModelV2Entity",
    "MusicControllerFindAllAudioResponse",
    "MusicgenInferenceEntity",
}

OPTIONAL = {
    "PIL",
    "h11",
    "httpx2",
    "jinja2",
    "jsonschema",
    "openapi_schema_validator",
    "referencing",
    "rich",
    "starlette",
    "typer",
    "uvicorn",
    "yaml",
}
"""What only the extras need."""

LAZY = {"certifi", "dateutil", "difflib", "inspect", "msgspec"}
"""What only some calls need."""


def in_a_fresh_process(code: str) -> str:
    """What a Python of its own prints that has imported nothing yet."""
    # Without the .pth files of site-packages, which may import what they like.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAP_")}
    paths = [str(ROOT), *(path for path in sys.path if "site-packages" in path)]
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", code],
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_names_of_leap() -> None:
    """`leap.__all__` is exactly what is documented, sorted, and every name is there."""
    assert set(leap.__all__) == NAMES
    assert list(leap.__all__) == sorted(leap.__all__)
    assert all(hasattr(leap, name) for name in NAMES)


def test_the_names_of_the_models() -> None:
    """`leap.models.__all__` is every DTO, and every name is there."""
    assert set(models.__all__) == MODEL_NAMES
    assert all(hasattr(models, name) for name in MODEL_NAMES)


def test_nothing_else_is_public() -> None:
    """No name without an underscore stands in `leap` by accident: there are its modules and `__all__`."""
    # In a process without pytest, which writes names of its own into the modules that it imports.
    names = in_a_fresh_process(
        "import leap; print(*(name for name in vars(leap) if not name.startswith('_')))"
    ).split()
    modules = {path.stem for path in Path(leap.__file__).parent.iterdir()}
    assert set(names) <= NAMES | modules


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("leap.apis.tags.generate_images_api", "GenerateImagesApi"),
        ("leap.apis.tags.train_image_models_api", "TrainImageModelsApi"),
        ("leap.apis.tags.generate_music_api", "GenerateMusicApi"),
        ("leap.model.inference_entity", "InferenceEntity"),
        ("leap.model.create_inference_dto", "CreateInferenceDto"),
        ("leap.configuration", "Configuration"),
        ("leap.exceptions", "OpenApiException"),
        ("leap.api_client", "ApiClient"),
        ("leap.api_client", "ApiResponseWithoutDeserialization"),
        ("leap.schemas", "unset"),
    ],
)
def test_the_documented_modules_are_where_they_are_said_to_be(module: str, name: str) -> None:
    """The names that documents and tracebacks show can be imported."""
    assert hasattr(importlib.import_module(module), name)


def test_the_package_is_typed() -> None:
    """Type checkers are told that the package has types."""
    assert Path(leap.__file__).with_name("py.typed").exists()


def test_webhooks_need_no_import_of_their_own() -> None:
    """`leap.webhooks` is there once `leap` is imported, and is read when it is used."""
    code = "import leap, sys; print('leap.webhooks' in sys.modules, leap.webhooks.parse.__name__)"
    assert in_a_fresh_process(code) == "False parse"


def test_importing_leap_is_cheap() -> None:
    """`import leap` imports neither the emulator, nor the command, nor an extra, nor what few calls need."""
    imported = in_a_fresh_process("import leap, sys; print(*sys.modules)").split()
    assert "leap.client" in imported
    not_yet = {
        "leap.cli",
        "leap.downloads",
        "leap.emulator",
        "leap.jobs.waiting",
        "leap.media_types",
        "leap.notebook",
        "leap.uploads",
        "leap.webhooks",
    }
    assert not not_yet & set(imported)
    assert not {name.partition(".")[0] for name in imported} & OPTIONAL
    of_urllib3 = in_a_fresh_process("import urllib3, sys; print(*sys.modules)").split()
    assert not (set(imported) - set(of_urllib3)) & LAZY


def test_making_a_client_touches_neither_network_nor_disk() -> None:
    """Making a `Leap` opens no socket and no file, looks up no host, and imports nothing for it."""
    code = """
import sys
from leap import Leap

before = set(sys.modules)
events = []
sys.addaudithook(lambda event, _: events.append(event))
leap = Leap(access_token="t", host="https://api.tryleap.ai")
leap.close()
with Leap(access_token="t", host="http://127.0.0.1:1"):
    pass
happened = {event for event in events if event.startswith(("socket.", "open", "os.", "subprocess."))}
print(sorted(happened), sorted(set(sys.modules) - before))
"""
    assert in_a_fresh_process(code) == "[] []"


def test_making_a_client_makes_no_tls_context() -> None:
    """Loading certificates takes longer than most calls, so it is left to the first call over https."""
    code = """
import ssl
from leap import Leap

made = []
make = ssl.SSLContext.__new__
ssl.SSLContext.__new__ = lambda *arguments, **settings: made.append(1) or make(*arguments, **settings)
leap = Leap(access_token="t", host="https://api.tryleap.ai")
print(len(made))
"""
    assert in_a_fresh_process(code) == "0"
