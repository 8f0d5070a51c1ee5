"""What a graded class becomes: texts that people, spreadsheets and course systems read."""
