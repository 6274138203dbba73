"""Let tox find the Pythons that pyenv has installed, whichever of them it has activated."""

import os
from pathlib import Path

_versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
_folders = map(str, sorted(_versions.glob("3.1*/bin")))
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *_folders])
