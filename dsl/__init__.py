"""Text to syntax tree: the bieu language's grammar, parser, formatter and diagnostics. Knows no meaning."""
