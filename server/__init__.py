"""HTTP and the command line: they take a request, ask runtime and show the answer.

No rule and no query lives here.
"""
