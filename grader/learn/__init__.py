"""What a learner works with besides verdicts: progress, lessons, hints, stubs."""
