"""Nodes as namespaces on one machine."""
