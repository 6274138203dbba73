"""`python -m leap.cli` is the `leap` command where no script was installed."""

import sys

from leap.cli import main

sys.exit(main())
