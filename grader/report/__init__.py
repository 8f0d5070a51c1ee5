"""One verdict in, one format out; knows nothing of how the verdict came about."""
