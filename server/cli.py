"""The command `bieu`: which commands there are, and nothing of what they do.

Each command is one module of `server.commands`, imported when it is called, so that `bieu --version` and completion
cost little more than the interpreter. Exit codes: 0 fine, 1 findings in the input, 2 wrong use.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

from dsl.limits import WrongLimit

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "new": "Tạo một gói mới để bắt đầu viết.",
        "import": "Dựng bản nháp .bieu từ một biểu Excel, Word hoặc XLSForm có sẵn.",
        "check": "Kiểm tra gói biểu mẫu và in mọi lỗi tìm thấy.",
        "prove": "Cho thấy mỗi kiểm tra nói thêm điều gì, bằng biểu đã điền.",
        "fmt": "Trình bày lại mã nguồn, hoặc chuyển giữa từ khóa Anh và Việt.",
        "explain": "Giải thích một mã lỗi, kèm ví dụ sai và đúng.",
        "test": "Chạy các ví dụ mà người soạn viết trong gói.",
        "sample": "Tạo số liệu mẫu hợp lệ cho một biểu.",
        "agree": "Thử một gói qua mọi cách tính: Python, JavaScript, Excel, SQL.",
        "lock": "Khóa phiên bản các gói được dùng.",
        "pack": "Đóng gói thành một tệp nén để chuyển đi.",
        "editions": "Liệt kê các phiên bản có hiệu lực theo thời gian, chỗ chồng và chỗ hở.",
        "diff": "So hai phiên bản của một gói và nói phải tăng số phiên bản đến đâu.",
        "build": "Dịch gói thành mọi sản phẩm: web, Excel, PDF, JSON Schema…",
        "preview": "Xem thử mọi sản phẩm trên trình duyệt, tự cập nhật khi lưu tệp.",
        "evaluate": "Tính các ô tự động của một báo cáo JSON.",
        "validate": "Kiểm tra một báo cáo JSON hoặc Excel.",
        "rollup": "Tổng hợp các báo cáo theo cây đơn vị.",
        "receive": "Nhận nhiều tệp Excel một lần vào bản nháp của các đơn vị.",
        "merge": "Tổng hợp sổ Excel của các đơn vị thành sổ của cấp trên, không cần máy chủ.",
        "sign": "Ký số một báo cáo PDF.",
        "deferred": "Ký bằng khóa ở nơi khác: chuẩn bị, ký, ghép chữ ký.",
        "verify": "Kiểm tra chữ ký và số liệu của một báo cáo PDF.",
        "serve": "Chạy trang web: nhập, gửi, duyệt, tổng hợp, ký.",
        "db": "Lập các bảng của cơ sở dữ liệu.",
        "units": "Nạp cây đơn vị.",
        "users": "Thêm tài khoản.",
        "export": "Xuất một danh sách hoặc bảng tổng hợp ra Excel hay CSV.",
        "publish": "Ban hành chế độ báo cáo của một gói.",
        "assign": "Giao một kỳ báo cáo cho các đơn vị.",
        "demo": "Chạy trọn một quý của tỉnh Quảng Ngãi với dữ liệu tạo sẵn.",
    }
)
"""Every command with its one line of help; the command itself is `server.commands.NAME:command`, but for `_MODULES`."""


_MODULES = MappingProxyType({"import": "importing"})
"""Commands whose name no module can have."""


class CommandTable(click.Group):
    """A group that imports a command only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        try:
            command = import_module(f"server.commands.{module}").command
        except WrongLimit as problem:
            raise click.UsageError(str(problem)) from problem
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Lệnh"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"bieu {version('bieu')}")
        ctx.exit()


@click.group(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="In phiên bản.",
)
def main() -> None:
    """Biên dịch và chạy chế độ báo cáo.

    \b
    Ví dụ:
      bieu check templates_library
      bieu build templates_library/vpcp/kstt -o build/kstt
      bieu validate templates_library/vpcp/kstt bao-cao.xlsx
    """
