"""Grade untrusted code: sandboxed, and with the same verdict in every run."""
