"""Taking in what a class has handed in: stage files and nothing else, as regular files.

Everything here is read as data that somebody may have made to do harm: no archive is unpacked, no
link is followed, and no more is read than stage files can need.
"""

from grader.classroom.intake.listing import Entry, Listing, list_submissions
from grader.classroom.intake.take import take_in

__all__ = ["Entry", "Listing", "list_submissions", "take_in"]
