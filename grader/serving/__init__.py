"""What the warm servers of `grader watch` and of classes share: the messages, and the client's
handle on a server. A server forks a judge for each request."""
