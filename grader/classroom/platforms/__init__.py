"""Grading on a platform, which calls a program of ours once for each submission.

The kata is put into a bundle for the platform, with a script that the platform runs there. Only the
bundle's own Python packages are needed, and nothing is ever imported from a submission's folder.
"""
