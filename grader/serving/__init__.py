"""A process that has torch, suites and reference loaded and grades whatever it is asked to.

`grader watch` and the grading of classes both talk to such a server, which forks a judge for what
is to be graded, so that nothing stale is left behind and nothing can bring it down. This room has
what the two servers share: the messages, and the client's handle on a server.
"""
