"""One emitter a file: the kernel written as Python, JavaScript, Excel formulas and SQL columns."""
