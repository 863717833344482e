"""Word documents: forms that were laid out in them, read."""
