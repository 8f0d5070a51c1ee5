"""Grading at every save.

The process that talks to the learner has no torch. It asks a warm one to grade, and that one forks
for every verdict, so nothing stale is left behind and nothing can bring it down.
"""
