"""`python -m leap.emulator.drawing` is the process that `DrawingProcess` talks to; nobody else needs it."""

import sys

from leap.emulator.drawing.process import serve

serve(sys.stdin.buffer, sys.stdout.buffer)
