"""Documents of older schemas, 1.0 to 3.x, as the newest schema says the same."""

from standfast.cib.upgrade.path import NEWEST, needed, upgrade

__all__ = ["NEWEST", "needed", "upgrade"]
