"""Start worker processes, talk to them, and end them."""
