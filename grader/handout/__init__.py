"""A handout: a kata without solutions and mistakes, whose suites replay recorded answers.

`grader.classroom.handout_making` writes handouts, and is not part of them.
"""
