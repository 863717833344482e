"""Searches for bytes that break a target of targets.py, led by the coverage they reach (atheris, libFuzzer).

    script/fuzz TARGET [SECONDS]

New inputs that reach something new are kept in build/fuzz/TARGET, so that the next campaign goes on from there; what
breaks the target is left in build/fuzz/found/TARGET-….
"""

from __future__ import annotations

import copy
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atheris

_ROOT = Path(__file__).parents[2]
_SOME_SEEDS = 8
HANG_SECONDS = 20
"""An input that takes longer is reported as a hang. The largest the parser takes need a tenth."""


def main(arguments: list[str]) -> None:
    """Runs one target: for so many seconds, or for so many runs where the second argument is `runs=N`."""
    name = arguments[0] if arguments else ""
    amount = arguments[1] if len(arguments) > 1 else "60"
    with atheris.instrument_imports(include=["dsl", "compiler"]):
        from tests.fuzzing.targets import TARGETS, seeds, words
    if name not in TARGETS:
        sys.exit(f"script/fuzz TARGET [SECONDS], a target is one of: {', '.join(TARGETS)}")
    work = Path(os.environ.get("BIEU_FUZZ_FOLDER", str(_ROOT / "build/fuzz")))
    corpus, start, found = work / name, work / f"{name}-seeds", work / "found"
    for folder in (corpus, start, found):
        folder.mkdir(parents=True, exist_ok=True)
    # A short run starts from some of the seeds: the fuzzer tries all that it is given before it makes any of its own.
    every = _SOME_SEEDS if amount.startswith("runs=") else 1
    for number, seed in enumerate(seeds(name)):
        if number % every == 0:
            (start / f"{number:04}").write_bytes(seed)
    dictionary = work / "words.dict"
    dictionary.write_text("\n".join(f'"{_escaped(word)}"' for word in words()) + "\n", encoding="ascii")
    limit = (
        f"-runs={amount.removeprefix('runs=')}" if amount.startswith("runs=") else f"-max_total_time={amount}"
    )
    options = [
        limit,
        f"-timeout={HANG_SECONDS}",
        f"-dict={dictionary}",
        f"-artifact_prefix={found}/{name}-",
        "-max_len=60000",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
        *arguments[2:],
    ]
    command = [sys.argv[0], *options, str(corpus), str(start)]
    if name == "package":
        atheris.Setup(command, TARGETS[name], custom_mutator=_mutated_json)
    else:
        atheris.Setup(command, TARGETS[name])
    atheris.Fuzz()


def _mutated_json(data: bytes, most: int, seed: int) -> bytes:
    """A JSON document with some of its values moved, doubled, dropped or changed: most changes of its bytes alone would
    make it no JSON, and nothing behind the reader would ever be reached."""
    chance = random.Random(seed)
    try:
        document = json.loads(data)
    except ValueError:
        return bytes(atheris.Mutate(data, most))
    for _ in range(chance.randint(1, 4)):
        places = list(_places(document))
        if not places:
            break
        holder, key = chance.choice(places)
        other, other_key = chance.choice(places)
        match chance.randrange(5):
            case 0:
                holder[key] = copy.deepcopy(other[other_key])
            case 1 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 2:
                del holder[key]
            case 3:
                holder[key] = chance.choice((None, "", 0, -1, 10**30, True, [], {}, "sum", "added", "once"))
            case _:
                holder[key], other[other_key] = other[other_key], holder[key]
    try:
        return json.dumps(document, ensure_ascii=False).encode()[:most]
    except (ValueError, RecursionError):
        # A value that was put into itself.
        return data


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value inside a document: its holder and its key or index there."""
    open_nodes = [node]
    for _ in range(20_000):
        if not open_nodes:
            return
        holder = open_nodes.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                open_nodes.append(holder[key])


def _escaped(word: bytes) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}" for byte in word
    )


if __name__ == "__main__":
    main(sys.argv[1:])
