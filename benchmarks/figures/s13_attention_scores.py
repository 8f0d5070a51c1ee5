"""The numbers of lesson 13."""
