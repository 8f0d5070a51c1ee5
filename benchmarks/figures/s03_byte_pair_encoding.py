"""The numbers of lesson 3."""
