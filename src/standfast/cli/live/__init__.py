"""What of the command touches the world: the daemon's socket, files, the terminal."""
