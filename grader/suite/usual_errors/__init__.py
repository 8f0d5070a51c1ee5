"""What the most common errors usually mean: a pattern and a sentence for each."""
