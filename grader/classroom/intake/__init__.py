"""Read what a class has handed in: stage files and nothing else, as regular files.

All input may have been made to do harm: no archive is unpacked, no link is followed, and no more is
read than stage files can need.
"""
