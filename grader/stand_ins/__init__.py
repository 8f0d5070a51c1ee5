"""Stand-ins for earlier stages, in a folder with the name of the stage that is graded with them.

A stage that receives an earlier stage's answer itself, and not only its results, could give it
away. So stage 5 is graded with a pattern and names of special tokens that aren't Llama 3's.
"""
