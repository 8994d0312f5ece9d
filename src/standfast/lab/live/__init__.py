"""The lab's processes: supervisor, node inits, and the connection to them."""
