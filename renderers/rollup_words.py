"""Each rule of rolling up in words: the state that is kept, and why the rule is right for the cell.

`semantics.md`, over units, says what the rules mean; `runtime/slots.py` and `states.py` do it. Shared by
the roll-up plan and the handbook.
"""

from __future__ import annotations

from typing import NamedTuple, assert_never

from compiler.cells import CellKind
from compiler.template import Additivity, OverTime, OverUnits


class RuleWords(NamedTuple):
    """state: what is kept per unit of the tree, in symbols. name and why: in Vietnamese."""

    state: str
    name: str
    why: str


def over_units_words(rule: OverUnits, kind: CellKind, additivity: Additivity | None) -> RuleWords:
    """The words for a cell of that kind; `additivity` is its formula's, None where it has none."""
    match rule.rule:
        case "sum":
            return RuleWords("Σx, n", "cộng các đơn vị", _why_sum(kind, additivity))
        case "recompute":
            return _recomputed(kind, additivity)
        case "min":
            return RuleWords(
                "min x, n", "lấy số nhỏ nhất", "Số nhỏ nhất của cấp trên là số nhỏ nhất trong các đơn vị."
            )
        case "max":
            return RuleWords(
                "max x, n", "lấy số lớn nhất", "Số lớn nhất của cấp trên là số lớn nhất trong các đơn vị."
            )
        case "mean":
            why = "Trung bình của mọi báo cáo gốc, không phải trung bình của các trung bình."
            return RuleWords("Σx, n", "lấy trung bình cộng", why)
        case "weighted_mean":
            why = (
                "Trung bình có trọng số của mọi báo cáo gốc; chỉ tính khi có cả giá trị và trọng số, "
                "tổng trọng số bằng 0 thì để trống."
            )
            return RuleWords("Σ(w·x), Σw, n", "lấy trung bình có trọng số", why)
        case "count":
            return RuleWords("n", "đếm đơn vị có số liệu", "Cấp trên cần biết bao nhiêu đơn vị có số liệu.")
        case "last":
            why = "Lấy số có ngày số liệu mới nhất; cùng ngày thì theo mã đơn vị, không phụ thuộc thứ tự gửi."
            return RuleWords("ngày, đơn vị, x", "lấy số mới nhất", why)
        case "concat":
            return RuleWords(
                "danh sách theo đơn vị", "nối theo đơn vị", "Lời văn gom theo đơn vị rồi được biên tập."
            )
        case "union":
            why = "Mỗi dòng giữ nguyên đơn vị của nó; cấp trên chỉ đánh lại số thứ tự."
            return RuleWords("danh sách theo đơn vị", "gộp danh sách", why)
        case "group":
            why = "Các dòng cùng khóa của các đơn vị thành một dòng, từng cột theo quy tắc của nó."
            return RuleWords("theo khóa", "nhóm theo khóa", why)
        case "none":
            return RuleWords("", "không tổng hợp", "Đơn vị nhận tự ghi ô này.")
        case _:
            assert_never(rule.rule)


def over_time_words(rule: OverTime) -> str:
    """How a value of several periods becomes one of a longer period."""
    match rule:
        case "sum":
            return "cộng các kỳ"
        case "last":
            return "lấy kỳ cuối"
        case "cumulative":
            return "số lũy kế: lấy kỳ cuối, không cộng"
        case "recompute":
            return "tính lại"
        case _:
            assert_never(rule)


def _why_sum(kind: CellKind, additivity: Additivity | None) -> str:
    if kind == "carried":
        return "Số chuyển sang của cấp trên là tổng số các đơn vị đã nhận từ kỳ trước của mình."
    if additivity == "additive":
        return "Công thức cộng tính: cộng kết quả của các đơn vị hay tính lại từ các tổng đều ra cùng một số."
    if additivity is not None:
        return "Người soạn biểu chọn cộng kết quả của các đơn vị."
    return "Số đếm và số tiền cộng được: cộng các đơn vị, ô trống không tính, trống hết thì để trống."


def _recomputed(kind: CellKind, additivity: Additivity | None) -> RuleWords:
    if kind == "carried":
        why = "Số chuyển sang tổng hợp như ô nguồn của nó ở kỳ trước."
        return RuleWords("như ô nguồn", "theo ô nguồn", why)
    match additivity:
        case "additive":
            why = "Công thức cộng tính: cộng kết quả của các đơn vị hay tính lại từ các tổng đều ra cùng một số."
            return RuleWords("Σx, n", "tính lại, bằng cộng các đơn vị", why)
        case "ratio":
            why = "Tỷ lệ của các số cộng được: tính lại từ tử số và mẫu số đã tổng hợp, không cộng hay lấy trung bình."
            return RuleWords("như các ô nó đọc", "tính lại từ các tổng", why)
        case "other" | None:
            why = "Công thức không cộng tính: tính lại ở từng cấp từ các ô đã tổng hợp."
            return RuleWords("như các ô nó đọc", "tính lại ở từng cấp", why)
        case _:
            assert_never(additivity)
