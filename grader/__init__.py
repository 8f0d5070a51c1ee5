"""The grader of the Llama 3 kata."""
