"""Writing a handout; this room itself is not handed out."""
