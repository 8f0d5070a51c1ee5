"""The messages and server handle that `grader watch` and class grading share.

A warm server forks a judge for each request.
"""
