"""Plain `pytest` on a graded suite: fixtures, outcomes, and where a debugger opens."""
