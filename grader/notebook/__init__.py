"""The kata in a notebook: `%load_ext grader` adds magics that grade cells and show lessons.

The kernel never runs the learner's code: grading happens in the warm process that `grader watch`
uses, too, and pictures and the model's answer come from the commands, run as separate programs.
"""
