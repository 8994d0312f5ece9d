"""The files of a build, and Python's import."""
