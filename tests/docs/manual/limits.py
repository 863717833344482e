"""The page of limits."""

from __future__ import annotations

from dsl.diagnostics import Language
from dsl.limits import LIMITS
from tests.docs.manual.words import head


def limits_page(language: Language) -> str:
    lines = head("limits", language)
    heads = {
        "vi": ("Biến môi trường", "Giới hạn", "Mặc định", "Đặt được từ … đến"),
        "en": ("Variable", "Limits", "Default", "May be set from … to"),
    }
    lines += [f"| {' | '.join(heads[language])} |", "| --- | --- | ---: | ---: |"]
    for limit in LIMITS.values():
        counted = limit.vi if language == "vi" else limit.en
        lines.append(
            f"| `{limit.variable}` | {counted} | {limit.default:_} | {limit.least:_} … {limit.most:_} |"
        )
    return "\n".join([*lines, ""])
