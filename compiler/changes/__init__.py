"""Two editions of a package side by side: what changed, which version is due, what the change does to stored data."""
