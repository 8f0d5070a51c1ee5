"""Trains the tiny model with the learner's own stages, from noise until it says 42."""
