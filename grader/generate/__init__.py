"""Write text with the learner's own stages: `grader generate` and `grader chat`."""
