"""What a learner uses besides verdicts: progress, lessons, hints, copies of their code."""
