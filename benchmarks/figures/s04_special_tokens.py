"""The numbers of lesson 4."""
