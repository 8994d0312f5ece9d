"""standfast keeps services on Linux servers up and spreads load over them."""

__version__ = "0.1.0"
