"""The numbers of lesson 23."""
