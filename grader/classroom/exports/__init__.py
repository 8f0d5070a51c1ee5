"""What a graded class becomes: files that people, spreadsheets and course systems read.

Each is a pure function to text. Names and outputs come from untrusted people and code, so each
takes a `TeacherCopy` or a `StudentCopy`, whose text is safe already (see `safe_copies.py`).
"""
