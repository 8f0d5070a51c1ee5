"""The numbers of lesson 14."""
