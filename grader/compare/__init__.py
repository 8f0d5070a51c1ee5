"""Compare the learner's stage with the reference: values, times, sources."""
