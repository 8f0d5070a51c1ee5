"""The numbers of lesson 6."""
