"""Other people's methods, run as their authors give them, at the same wall time."""
