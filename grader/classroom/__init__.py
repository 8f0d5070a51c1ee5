"""Grade a class: submissions in, results for the teacher out."""
