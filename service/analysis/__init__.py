"""Statistics over snapshots of the store: what the city tells its government. Nothing here writes to requests."""
