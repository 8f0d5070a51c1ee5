"""Grade a class: read submissions, write results for the teacher."""
