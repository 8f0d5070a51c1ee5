"""The learner's stage beside the reference: values, times, sources."""
