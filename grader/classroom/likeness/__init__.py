"""Who handed in the same: find submissions that are alike, as a hint for the teacher."""
