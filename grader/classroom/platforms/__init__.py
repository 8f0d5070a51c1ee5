"""Grade on a platform that runs our program once for each submission.

The kata goes into a bundle, with a script that the platform runs. Only the bundle's own Python
packages are needed, and nothing is ever imported from a submission's folder.
"""
