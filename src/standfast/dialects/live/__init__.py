"""What of the languages touches the world: the machine that a configuration is read on."""
