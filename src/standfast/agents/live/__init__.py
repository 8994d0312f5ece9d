"""How agents are started, watched and ended on this machine."""
