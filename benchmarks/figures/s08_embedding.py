"""The numbers of lesson 8."""
