"""The numbers of lesson 9."""
