"""The `leap` command: the API from a terminal.

What it made goes to standard output, a line each; everything else goes to standard error. It exits with
0 when all went well, 1 when the API failed, 2 when it was called the wrong way, 3 when a job failed, 4 when
one took too long and 130 when it was interrupted.

Nothing here is imported by the rest of `leap`, and nothing outside of `main` needs the extra `cli`.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

_MISSING_EXTRA = 'leap: the command line needs its extra: pip install "leap-sdk[cli]"\n'


def main() -> int:
    """Run the command that the arguments of the process name, and give the code to exit with."""
    # Either is None where the process has none, as under pythonw or after `>&-`.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for good
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for good
    # Ctrl-C may come while http.client makes an answer, whose destructor then complains that it is not whole:
    # that would stand after our own line, which says how to find the job again.
    sys.unraisablehook = lambda _: None
    try:
        from leap.cli.application import run

        return run()
    except ModuleNotFoundError as error:
        if (error.name or "leap").partition(".")[0] == "leap":
            raise
        sys.stderr.write(_MISSING_EXTRA)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("leap: interrupted\n")
        return 130
