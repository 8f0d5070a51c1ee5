"""The numbers of lesson 20."""
