"""The edition for students: no solutions, no mistakes, suites judged by recordings.

`grader/classroom/handout_making/` writes it; that room itself is not handed out.
"""
