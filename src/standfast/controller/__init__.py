"""DC, joining, replication, driving the graph."""
