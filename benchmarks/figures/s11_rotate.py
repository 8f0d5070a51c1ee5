"""The numbers of lesson 11."""
