"""What the site calls things in Vietnamese: states, acts, roles, times; and refusals in these words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from compiler.findings import Finding, sentence
from runtime.accounts import Role
from runtime.rollup import Total
from runtime.workflow import State
from server.site import VIETNAM

STATE_WORDS: Mapping[State, str] = MappingProxyType(
    {"draft": "Đang nhập", "sent": "Chờ duyệt", "returned": "Trả lại", "approved": "Đã duyệt"}
)

ACT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "assign": "Giao báo cáo",
        "attach": "Lưu tệp",
        "enter": "Nhập số liệu",
        "send": "Gửi",
        "recall": "Thu hồi",
        "return": "Trả lại",
        "approve": "Duyệt",
        "ask": "Xin sửa",
        "refuse": "Từ chối để sửa",
        "leave_out": "Để ngoài tổng hợp",
        "take_in": "Đưa vào tổng hợp",
    }
)

ROLE_WORDS: Mapping[Role, str] = MappingProxyType(
    {
        "officer": "Chuyên viên nhập báo cáo",
        "leader": "Lãnh đạo đơn vị báo cáo",
        "receiver": "Nơi nhận, duyệt báo cáo",
        "operator": "Quản trị",
        "reader": "Người xem",
    }
)

FILE_WORDS: Mapping[str, str] = MappingProxyType(
    {"workbook": "Tệp Excel đã nhận", "signed_pdf": "Báo cáo PDF đã ký", "attachment": "Tệp kèm theo"}
)

RULE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "sum": "cộng số của các đơn vị",
        "recompute": "tính lại từ các tổng",
        "min": "lấy số nhỏ nhất",
        "max": "lấy số lớn nhất",
        "mean": "bình quân các đơn vị",
        "weighted_mean": "bình quân có trọng số",
        "count": "đếm đơn vị có số",
        "last": "lấy số mới nhất",
        "concat": "ghép lời các đơn vị",
        "none": "không tổng hợp",
        "carried": "lấy từ tổng kỳ trước",
    }
)


def day(value: date) -> str:
    """ "15/09/2026"."""
    return f"{value:%d/%m/%Y}"


def moment(value: datetime) -> str:
    """ "08:05 15/09/2026", by Vietnam's clocks."""
    return f"{value.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def clock(value: datetime) -> str:
    """ "08:05"."""
    return f"{value.astimezone(VIETNAM):%H:%M}"


def size(count: int) -> str:
    """Bytes as people say them: "113 KB"."""
    if count < 1024:
        return f"{count} B"
    if count < 1024**2:
        return f"{count // 1024} KB"
    return f"{count / 1024**2:.1f} MB".replace(".", ",")


def told(finding: Finding) -> str:
    """A finding in words, with states, acts and times as the site says them."""
    values = dict(finding.values)
    if "state" in values:
        values["state"] = STATE_WORDS.get(values["state"], values["state"])  # type: ignore[call-overload]
    if "action" in values:
        values["action"] = ACT_WORDS.get(values["action"], values["action"])
    if finding.code == "draft_out_of_date" and values.get("at"):
        values["at"] = moment(datetime.fromisoformat(values["at"]))
    return sentence(finding.model_copy(update={"values": values}))


def lateness(due: date, today: date) -> str:
    """How far a deadline is, for what is still to be sent: "còn 3 ngày", "hôm nay", "quá hạn 2 ngày"."""
    days = (due - today).days
    if days == 0:
        return "hạn hôm nay"
    return f"còn {days} ngày" if days > 0 else f"quá hạn {-days} ngày"


def coverage(total: Total) -> str:
    """ "tổng hợp từ 93/96 đơn vị"."""
    return f"tổng hợp từ {total.coverage.included}/{total.coverage.due} đơn vị"
