"""The numbers of lesson 2."""
