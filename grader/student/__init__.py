"""Loading one stage's code and calling it, in this process or in a worker."""
