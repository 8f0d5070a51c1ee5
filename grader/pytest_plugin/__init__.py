"""Run a graded suite with plain `pytest`: fixtures, outcomes, and where a debugger opens."""
