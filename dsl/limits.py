"""How much a package may ask of whoever reads it: every limit, its default, and how an operator sets another.

A package is untrusted input; what goes past a limit is refused with a message that names the limit. The defaults lie
far above every real form. The environment sets another value for a process: `BIEU_MAX_CELLS=…` and so on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. vi, en: what it counts, for the manual. least, most: between which values it may be set."""

    variable: str
    default: int
    least: int
    most: int
    vi: str
    en: str


class WrongLimit(ValueError):
    """A limit in the environment that is no whole number, or out of its range."""


LIMITS: Mapping[str, Limit] = {
    limit.variable: limit
    for limit in (
        Limit(
            "BIEU_MAX_SOURCE_BYTES",
            2_000_000,
            1_000,
            100_000_000,
            "số byte của một tệp mã nguồn",
            "bytes of one source file",
        ),
        Limit("BIEU_MAX_TOKENS", 400_000, 1_000, 20_000_000, "số từ và dấu của một tệp", "tokens of a file"),
        Limit("BIEU_MAX_BLOCKS", 64, 12, 64, "độ sâu của các khối lồng nhau", "how deep blocks may nest"),
        Limit("BIEU_MAX_DEPTH", 200, 20, 200, "độ sâu của một công thức", "how deep a formula may be"),
        Limit(
            "BIEU_MAX_ERRORS",
            100,
            1,
            10_000,
            "số lỗi cú pháp được báo của một tệp",
            "errors of syntax told of one file",
        ),
        Limit(
            "BIEU_MAX_CELLS",
            100_000,
            1_000,
            2_000_000,
            "số ô của một biểu (mỗi dòng ở mỗi cột là một ô)",
            "cells of one table (each row in each column is one)",
        ),
        Limit("BIEU_MAX_CODES", 20_000, 100, 1_000_000, "số mã của một danh mục", "codes of one code list"),
        Limit(
            "BIEU_MAX_CSV_BYTES",
            4_000_000,
            1_000,
            100_000_000,
            "số byte của một danh mục CSV",
            "bytes of one CSV code list",
        ),
        Limit(
            "BIEU_MAX_LOCK_BYTES",
            1_000_000,
            1_000,
            100_000_000,
            "số byte của một tệp khóa",
            "bytes of one lock file",
        ),
        Limit(
            "BIEU_MAX_ARCHIVE_FILES",
            1_000,
            1,
            100_000,
            "số tệp trong một gói nén",
            "files in one packed package",
        ),
        Limit(
            "BIEU_MAX_ARCHIVE_BYTES",
            50_000_000,
            1_000,
            2_000_000_000,
            "số byte các tệp của một gói nén, khi bung ra",
            "bytes of a packed package's files, unpacked",
        ),
        Limit(
            "BIEU_MAX_PACKAGES",
            500,
            1,
            100_000,
            "số gói mà một gói dùng, trực tiếp hay qua gói khác",
            "packages that one uses, directly or through others",
        ),
        Limit(
            "BIEU_MAX_RESOLUTION_STEPS",
            20_000,
            10,
            10_000_000,
            "số bước chọn phiên bản các gói",
            "steps of choosing versions of packages",
        ),
        Limit(
            "BIEU_MAX_EDITIONS",
            60,
            1,
            1_000,
            "số phiên bản theo ngày của một biểu",
            "dated editions of a form",
        ),
        Limit(
            "BIEU_MAX_ADDED_ROWS",
            10_000,
            1,
            100_000,
            "số dòng đơn vị tự thêm vào một nhóm",
            "rows that a unit adds to one group",
        ),
        Limit(
            "BIEU_MAX_TEXT",
            100_000,
            100,
            10_000_000,
            "số ký tự của một câu trả lời bằng văn bản",
            "characters of one text answer",
        ),
        Limit(
            "BIEU_MAX_EDITIONS",
            60,
            1,
            1_000,
            "số lần thay đổi theo ngày của một biểu",
            "editions of one form",
        ),
        Limit(
            "BIEU_MAX_SCALE",
            9,
            0,
            12,
            "số chữ số thập phân của một số",
            "decimals of a number",
        ),
        Limit(
            "BIEU_MAX_COMPARISONS",
            100_000,
            0,
            100_000_000,
            "số lần so một tên lạ với các tên đã biết, để gợi ý, trong một chế độ",
            "how often unknown names of one regime are compared with known ones, to suggest one",
        ),
        Limit(
            "BIEU_MAX_PROOF_STEPS",
            1_000_000,
            1,
            1_000_000_000,
            "số bước của bộ chứng minh cho một câu hỏi; một triệu bước mất không quá một giây",
            "steps of the solver for one question; a million take no more than a second",
        ),
        Limit(
            "BIEU_MAX_PROOFS_STEPS",
            20_000_000,
            1,
            100_000_000_000,
            "số bước của bộ chứng minh cho cả gói, chia đều cho các chế độ",
            "steps of the solver for a whole package, parted evenly among its regimes",
        ),
        Limit(
            "BIEU_MAX_PROOF_CELLS",
            4_000,
            1,
            1_000_000,
            "số ô mà một chứng minh xem xét",
            "cells that one proof looks at",
        ),
        Limit(
            "BIEU_MAX_PROOF_MEMORY",
            1_024,
            64,
            65_536,
            "số megabyte của bộ chứng minh",
            "megabytes that the solver may take",
        ),
    )
}
"""Every limit by its environment variable."""


def limit(variable: str, environment: Mapping[str, str] = os.environ) -> int:
    """The value of a limit: the environment's, else the default. Raises WrongLimit."""
    known = LIMITS[variable]
    written = environment.get(variable, "").strip()
    if not written:
        return known.default
    if not (written.isascii() and written.isdigit() and known.least <= int(written) <= known.most):
        raise WrongLimit(f"{variable}={written}: {known.least} … {known.most}")
    return int(written)
