"""Worker processes: starting them, talking to them, ending them."""
