"""`standfast-director`: the process that keeps the table of virtual services in step with their checks."""
