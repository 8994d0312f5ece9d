"""The embedded engine's processes: the sequencer, the daemon's engine, a node's anchor."""
