"""Models of how course systems import grades and feedback, written down from their own source."""
