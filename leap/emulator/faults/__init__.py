"""Faults on demand: rules that make chosen requests go wrong, so that a program's handling can be tested.

`fault` says what a fault is, `rules` which are in force, `injection` carries them out, `control` lets other
processes set them over HTTP.
"""

from leap.emulator.faults.fault import Fault
from leap.emulator.faults.rules import Faults, FaultsOfToken, Rule

__all__ = ["Fault", "Faults", "FaultsOfToken", "Rule"]
