"""What stands in for an earlier stage while another is graded, in a folder of that one's name.

A stage that is handed an answer of an earlier one, not just called with its results, would give it
away. So stage 5 is graded with another pattern and other names of special tokens than Llama 3's.
"""
