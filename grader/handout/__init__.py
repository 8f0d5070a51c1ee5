"""What students are given: a kata without solutions and mistakes, whose suites are answered from
recordings. `making` writes such a folder, and is not part of it."""
