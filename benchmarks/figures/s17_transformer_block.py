"""The numbers of lesson 17."""
