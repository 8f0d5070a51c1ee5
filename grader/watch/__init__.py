"""Grading at every save.

The process that talks to the learner does not import torch. It sends requests to a warm server,
which forks a process for every verdict, so that no state carries over and no crash ends the server.
"""
