"""The commands of `bieu`, one module each with a `command`; what they share is in `loading.py`."""
