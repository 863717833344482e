"""The passes from syntax tree to compiled template, one file each; `compiler.pipeline` says in which order they run."""
