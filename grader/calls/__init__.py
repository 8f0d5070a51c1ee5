"""Calling the code under test: values, requests, outcomes, in this process or in a worker."""
