"""The agent of each member, the listener for joiners, the joiner, and the files on the disk."""
