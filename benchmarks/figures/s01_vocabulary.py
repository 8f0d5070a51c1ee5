"""The numbers of lesson 1."""
