"""A handout: a kata without solutions and mistakes, whose suites replay recorded answers.

`grader.classroom.handout_making` writes it, and isn't handed out itself.
"""
