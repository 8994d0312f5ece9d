"""Our own commands, one module for what belongs together."""
