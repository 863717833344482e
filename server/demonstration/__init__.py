"""The demonstration through the running site: what people do in a quarter, done by a program in their place."""
