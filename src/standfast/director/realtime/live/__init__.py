"""Timers, priorities and the channel of a process that must not be late."""
