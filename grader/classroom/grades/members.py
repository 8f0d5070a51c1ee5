"""The members of a class, as far as rules about persons need to know them."""

from collections.abc import Sequence

from grader.classroom.exports.class_rows import ClassRow
from grader.classroom.grades.people import identities_of
from grader.classroom.grades.rules import Member
from grader.classroom.intake.list_submissions import Listing


def members_of(listing: Listing) -> list[Member]:
    """Return the members of a class before anything is graded."""
    members = []
    for entry in listing.entries:
        for columns in entry.students or ({},):
            names = [entry.key] if columns else [entry.key, entry.name]
            members.append(Member(identities_of(names, columns), entry.hand_in.handed_in))
    return members + [Member(identities_of([], one), "") for one in listing.absent]


def members_of_rows(rows: Sequence[ClassRow]) -> list[Member]:
    """Return the members of a graded class."""
    return [Member(row.identities, row.result.handed_in if row.result else "") for row in rows]
