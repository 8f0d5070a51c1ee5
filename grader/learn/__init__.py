"""A learner's progress, lessons, hints and stubs."""
