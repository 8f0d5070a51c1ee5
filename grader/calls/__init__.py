"""Call the code under test: values, requests and outcomes, in this process or in a worker."""
