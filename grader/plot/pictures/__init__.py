"""One file a picture: each takes a walk through the model and gives a figure."""
