"""Reads every file of a folder in a process that may take so much memory and time and no more; tells what came of it.

A program of its own, for limits bind a whole process: `python reading_under_limits.py FORM FOLDER MEGABYTES SECONDS`.
One line of JSON a file: name, codes of the findings, whether a marked copy was made, seconds, and by how many megabytes
the most memory ever held has grown.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from compiler.findings import Finding, Place
from compiler.package import Library
from renderers.xlsx.mark import marked
from runtime.intake import read_report


def main(form: str, folder: str, megabytes: int, seconds: int) -> None:
    """Read them all."""
    library = Library((Path("templates_library"),))
    layout = library.load(Path(form)).compilation.regimes[0].layout
    read_report(layout, b"PK\x03\x04")  # what is imported on first use is not the file's
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = held + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for path in sorted(Path(folder).iterdir()):
        before = resource.getrusage(resource.RUSAGE_SELF)
        used = before.ru_utime + before.ru_stime
        soft = int(used) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        start = time.process_time()
        data = path.read_bytes()
        outcome = read_report(layout, data, path.name)
        codes = sorted({finding.code for finding in outcome.findings if finding.severity != "notice"})
        place = Place(sheet="Biểu 02", cell="E11")
        copy = marked(data, [Finding(code="required", severity="error", place=place)])
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss) // 1024
        told = {"name": path.name, "codes": codes, "marked": copy is not None}
        print(json.dumps({**told, "seconds": time.process_time() - start, "grown": grown}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
