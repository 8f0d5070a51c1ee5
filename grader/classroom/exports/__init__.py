"""Exports of a graded class: texts for people, spreadsheets and course systems."""
