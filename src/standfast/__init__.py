"""standfast keeps services on Linux servers up and spreads load over them."""

from standfast import compiled

__version__ = "0.1.0"

compiled.install()
