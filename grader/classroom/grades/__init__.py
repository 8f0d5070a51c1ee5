"""Grades as courses count them: weights, lateness, what the teacher decided, several runs joined.

They are worked out when the files of a class are written, never when code is graded.
"""
