"""Several runs of one class, looked at together: weeks as one grade, and mistakes over time."""
