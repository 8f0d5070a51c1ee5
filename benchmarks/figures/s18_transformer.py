"""The numbers of lesson 18."""
