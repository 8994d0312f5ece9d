"""Arguments in, text out; no decisions."""
