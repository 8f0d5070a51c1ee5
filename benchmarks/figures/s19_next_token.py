"""The numbers of lesson 19."""
