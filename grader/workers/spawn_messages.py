"""What the grader and a worker in a fresh interpreter say to each other beside requests."""

READY = b"\xc1ready"  # what a process sends once it has imported torch
RENEW = b"\xc1renew"  # a request; all others are msgpack, which never uses the first byte
RENEWED = b"\xc1renewed"  # the answer; anything else means that the process is spoiled
