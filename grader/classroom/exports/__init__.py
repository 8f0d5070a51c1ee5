"""What a graded class becomes: one format a file, each a pure function to text.

Names and outputs are strangers' text: every function here makes them harmless for its format.
"""
