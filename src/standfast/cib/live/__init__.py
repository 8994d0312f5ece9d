"""What of the CIB touches the world: its files."""

from standfast.cib.live.folder import CIB_FOLDER, Folder, open_store

__all__ = ["CIB_FOLDER", "Folder", "open_store"]
