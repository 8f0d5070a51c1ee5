"""The numbers of lesson 12."""
