"""What the programs of this folder share: a cluster of real daemons, a large configuration, a bare loop beside."""
