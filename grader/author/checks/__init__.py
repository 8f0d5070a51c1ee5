"""What a stage needs, one concern a file: each check gives a list of problems in words, and every
problem names the file, what is wrong with it, and what mends it."""
