"""What leap costs, measured side by side with what it replaces; `python -m benchmarks` runs it."""
