"""Write handouts: copy the files, record the suites, leave out the hidden tests."""
