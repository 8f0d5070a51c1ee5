"""Pages to open from disk: one a submission, and one for the class. No script, no network."""
