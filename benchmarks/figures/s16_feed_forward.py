"""The numbers of lesson 16."""
