"""The teacher's list of people, and which hand-in belongs to whom."""

from grader.classroom.roster.read_roster import read_roster as read_roster
from grader.classroom.roster.students import NO_ROSTER as NO_ROSTER
from grader.classroom.roster.students import Roster as Roster
from grader.classroom.roster.students import Student as Student
