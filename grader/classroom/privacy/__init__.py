"""Privacy: results without names, and results without a person."""
