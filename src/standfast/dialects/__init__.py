"""Languages that people write, to nouns and back."""
