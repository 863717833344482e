"""What the operator decides about a site: one frozen record, from a TOML file and the environment.

Every setting has a default that suits one machine and loopback, but for what must be safe: cookies are sent over HTTPS
only unless the file says otherwise. `BIEU_DATABASE` and so on win over the file. Secrets are never settings: they stand
in files, and settings name these.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from compiler.frozen import Frozen

SHORTEST_SECRET = 32
"""Bytes of the file that keys are derived from."""

ENVIRONMENT_PREFIX = "BIEU_"


class Config(Frozen):
    """The settings of a site. Paths in a file are meant from the file's own folder."""

    database: str = Field("sqlite:///bieu.db", description="sqlite:///đường-dẫn hoặc postgresql://…")
    secret_file: Path = Field(
        Path("bieu.key"), description="Tệp bí mật, ít nhất 32 byte; `bieu db upgrade` tạo ra."
    )
    host: str = Field("127.0.0.1", description="Địa chỉ lắng nghe.")
    port: int = Field(8200, ge=0, le=65535, description="Cổng; 0 là cổng trống bất kỳ.")
    threads: int = Field(8, ge=1, le=64, description="Số yêu cầu xử lý cùng lúc.")
    trusted_proxy: str = Field("", description="Địa chỉ máy chuyển tiếp được tin (X-Forwarded-For, -Proto).")
    secure_cookies: bool = Field(
        True, description="Chỉ gửi cookie qua HTTPS; chỉ tắt khi chạy thử trên máy này."
    )
    largest_upload: int = Field(
        12 * 2**20, ge=2**16, le=64 * 2**20, description="Số byte lớn nhất của một lần gửi."
    )
    packages: Path | None = Field(
        None, description="Thư mục các gói để xem thử và ban hành; mặc định là các gói kèm theo."
    )
    signing_key: Path | None = Field(None, description="Khóa ký của máy chủ (PKCS#12), nếu có.")
    signing_passphrase_file: Path | None = Field(None, description="Tệp chứa mật khẩu của khóa đó.")
    trusted_authorities: tuple[Path, ...] = Field(
        (), description="Chứng thư của các tổ chức chứng thực được tin."
    )
    demonstration_keys: Path | None = Field(
        None, description="Thư mục khóa ký dùng thử, tự tạo nếu chưa có; chỉ để trình diễn."
    )

    def secret(self) -> bytes:
        """The secret that keys are derived from. Raises ConfigProblem where the file is missing or too short."""
        try:
            secret = self.secret_file.read_bytes()
        except OSError as problem:
            raise ConfigProblem(
                f"không đọc được tệp bí mật {self.secret_file} ({problem.strerror}); `bieu db upgrade` tạo tệp này"
            ) from problem
        if len(secret) < SHORTEST_SECRET:
            raise ConfigProblem(f"tệp bí mật {self.secret_file} ngắn hơn {SHORTEST_SECRET} byte")
        return secret


class ConfigProblem(ValueError):
    """Settings that can't be used; the message says what is wrong and where."""


def read_config(path: Path | None, environment: Mapping[str, str] | None = None, **given: Any) -> Config:
    """The settings from a file, then the environment, then what the command line gave (None: not given).

    Raises ConfigProblem with everything that is wrong.
    """
    settings: dict[str, Any] = {}
    if path is not None:
        settings |= _from_file(path)
    variables = os.environ if environment is None else environment
    for name in Config.model_fields:
        text = variables.get(ENVIRONMENT_PREFIX + name.upper())
        if text:
            settings[name] = tuple(text.split(os.pathsep)) if name == "trusted_authorities" else text
    settings |= {name: value for name, value in given.items() if value is not None}
    try:
        return Config(**settings)
    except ValidationError as problem:
        told = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in problem.errors())
        raise ConfigProblem(f"thiết lập không dùng được: {told}") from problem


def make_secret(path: Path) -> bool:
    """Write a new secret that only its owner may read, where there is none; whether one was written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(SHORTEST_SECRET).encode() + b"\n")
    return True


def _from_file(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigProblem(f"không đọc được {path}: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigProblem(f"{path} không phải là TOML: {problem}") from problem
    for name, value in settings.items():
        field = Config.model_fields.get(name)
        if field is not None and "Path" in str(field.annotation):
            folder = path.resolve().parent
            settings[name] = (
                [folder / each for each in value] if isinstance(value, list) else folder / str(value)
            )
    return settings
