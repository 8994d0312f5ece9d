"""The crm shell's commands: `crm [OPTIONS] LEVEL COMMAND …`. Levels are tables of commands; words may be shortened."""

from standfast.cli.crm.shell import main

__all__ = ["main"]
