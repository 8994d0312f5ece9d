"""The tools' start: `python3 -S -E -s launch.py NAME …`. Without a site, the package is found by this file's path."""

import sys

if __name__ == "__main__":
    here = __file__.rsplit("/", 4)[0]
    sys.path[0] = here
    from standfast.cli import tools

    sys.exit(tools.main(sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else 64)
