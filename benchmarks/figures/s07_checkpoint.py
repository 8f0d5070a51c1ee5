"""The numbers of lesson 7."""
