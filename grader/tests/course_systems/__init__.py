"""Classes of invented people, as each course system would export them, for tests and figures.

Written from the course systems' own source or documentation, and not from the grader's readers of
downloads and rosters, so that the two can be held against each other.
"""
