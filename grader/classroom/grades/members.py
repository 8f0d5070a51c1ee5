"""The members of a class, as far as rules about persons need to know them."""

from collections.abc import Sequence

from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.grades.people import identities_of
from grader.classroom.grades.rules import GradeRules, Member
from grader.classroom.list_submissions import Listing


def members_of(listing: Listing) -> list[Member]:
    """Return the members of a class before anything is graded."""
    members = []
    for entry in listing.entries:
        for columns in entry.students or ({},):
            names = [entry.key] if columns else [entry.key, entry.name]
            members.append(Member(identities_of(names, columns), entry.hand_in.handed_in))
    return members + [Member(identities_of([], one), "") for one in listing.absent]


def without_time(rows: Sequence[ClassRow], rules: GradeRules) -> list[str]:
    """Return the names of those of whom a late policy would have to know when they handed in."""
    if rules.late_policy is None or rules.late_policy.due is None:
        return []
    return [
        row.name
        for row in rows
        if row.result
        and row.result.was_graded
        and not row.result.handed_in
        and not any(one.whose.fits(row.identities) for one in rules.late)
    ]


def members_of_rows(rows: Sequence[ClassRow]) -> list[Member]:
    """Return the members of a graded class."""
    return [Member(row.identities, row.result.handed_in if row.result else "") for row in rows]
