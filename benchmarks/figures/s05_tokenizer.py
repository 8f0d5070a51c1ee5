"""The numbers of lesson 5."""
