"""Processes that bind rooms to the live world."""
