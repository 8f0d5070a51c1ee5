"""A whole class: what was handed in, graded apart, and what comes of it for the teacher."""
