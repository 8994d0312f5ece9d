"""The server's socket."""
