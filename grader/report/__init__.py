"""A verdict in, a format out; nothing here knows how the verdict came about."""
