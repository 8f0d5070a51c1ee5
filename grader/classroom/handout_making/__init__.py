"""Write handouts: the files, the recorded suites, the hidden tests."""
