"""A page that a learner can keep: stages, dates and figures, checked by grading again."""
