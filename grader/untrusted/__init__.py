"""Grading untrusted code: sandboxed, with verdicts that say the same in every run."""
