"""Submissions that attack the grader, each with what it would gain.

`test_attacks` runs them. They are data: the text of one stage file each, one module per family.
`test_neighbours` runs those that need two submissions, or the whole program. This table explains
their numbers. `-` marks what can't happen to `grader class` on a Linux machine.

| no. | attack | family |
|---|---|---|
| 1 | leaving before the asserts | ending |
| 2 | finalizers that rewrite the result | ending |
| 3 | writing the result file | reaching |
| 4, 5, 6 | a forged verdict: over pipes, by frames, by a thread in between | answering, asking |
| 7 | printing what a passed test prints | ending |
| 8 | conftest.py, .pth, sitecustomize.py, pytest plugins in the submission | handing_in |
| 9 | silencing error reports, and errors that can't be written | ending |
| 10 | shadowing torch, json or the grader | handing_in |
| 11, 12, 14 | expected values in frames, in the collector's lists, in freed memory | stealing |
| 13 | poisoning expected values | stealing |
| 15 | reading suites and solutions, working out the seed | reaching, stealing |
| 16 | links, pipes and `..` in archives | handing_in, and test_intake |
| 17 | memory of the grader, through /proc, ptrace, or tensors that reach out | reaching, asking |
| 18 | secrets in the environment | stealing |
| 19 | importing the reference | stealing |
| 20 | revealing through error messages what was found | stealing |
| 21 | the network | reaching |
| 22 | memorizing inputs or outputs | fooling |
| 23, 24, 25 | values that lie when they are compared | fooling |
| 26, 27 | changing torch, the standard library, global state | fooling |
| 28 | changing inputs while the worker says it didn't | fooling |
| 29 | values that run code when they are inspected | fooling |
| 30 | pickles | answering |
| 31 | NaN, infinities, broadcasting shapes, huge declared shapes | fooling, answering |
| 32 | - calling torch's own operation: values are graded, and this is a right way | |
| 33, 40 | fork bombs, threads and daemons | reaching, starving, test_neighbours |
| 34, 38, 39 | too much memory, output, disk | starving, asking, test_neighbours |
| 35, 36, 37 | never ending, in Python, in C, asleep | starving, asking |
| 41 | deep recursion, segmentation faults, aborts | ending |
| 42 | signals to the grader | reaching |
| 43 | messages from one test or submission to another | reaching, starving, test_neighbours |
| 44 | - a GPU's buffers and events: stages are graded on the CPU | |
| 45 | escapes, HTML and formulas in texts | untrusted texts: test_exports, test_export_pages |
| 46 | - workflows that a student edits: this grader runs where the teacher decides | |
| 47 | - commits with false dates: the course system's clock decides | |
| 48 | a score file written by the submission | handing_in |

Numbers from 49 on are this project's own: 49 kernel services that no limit counts, 50 answers
that become much larger when read, 51 answers whose reading never ends, 52 privileges of root, 53
descriptors that the grader has open, 54 results that differ from run to run, 55 requests to the
grader, which runs earlier stages for code in the sandbox.

If correct code also attacks, only the test that the attack disturbs fails: a call that ends its
process or takes too long has no result, whatever it would have been. Code that only tries something
that is refused, and continues, keeps its points.

The judge itself sees whether a call changed a tensor that it was given, because tensors are in
memory shared by both. Whether a list or a dict was changed is reported by the worker, and believed:
code that hides such a change might as well have copied the argument first.
"""
