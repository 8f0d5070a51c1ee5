"""Grading at every save.

The process that talks to the learner doesn't import torch. It asks a warm process to grade, which
forks for every verdict, so nothing stale is left behind and no code can crash it.
"""
