"""These tests need schemathesis, which has an environment of its own: `tox -e contract`."""

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("schemathesis") else ["test_*.py"]
