"""The numbers of lesson 15."""
