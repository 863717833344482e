"""Who signs on the site, and whose signatures are trusted.

A unit signs with the PKCS#12 archive it uploads for this one signature: archive and passphrase live as long as the
request and are written nowhere. A site may have a key of its own, or, for demonstrations, makes one and says so.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from runtime.signing import Identity, SigningFailed, make_demo_identity, read_identity
from server.config import Config, ConfigProblem

_KEY, _PASSPHRASE, _AUTHORITY = "khoa.p12", "mat-khau.txt", "chung-thuc.pem"
_DEMO_NAME = "Máy chủ bieu (dùng thử)"


@dataclass(frozen=True)
class SigningDesk:
    """The site's own identity, if any, and the certificates (PEM or DER) of those whose word counts."""

    identity: Identity | None
    authorities: tuple[bytes, ...]
    demonstration: bool = False


def open_desk(config: Config) -> SigningDesk:
    """Read keys and certificates. Raises ConfigProblem where one can't be used."""
    authorities = [_read(path) for path in config.trusted_authorities]
    if config.demonstration_keys is not None:
        identity, authority = _demonstration(config.demonstration_keys)
        return SigningDesk(identity, (*authorities, authority), demonstration=True)
    if config.signing_key is None:
        return SigningDesk(None, tuple(authorities))
    passphrase = config.signing_passphrase_file
    identity = _identity(config.signing_key, None if passphrase is None else _read(passphrase).strip())
    return SigningDesk(identity, tuple(authorities))


def _demonstration(folder: Path) -> tuple[Identity, bytes]:
    """The identity in a folder, made there the first time; its key is readable by its owner alone."""
    if not (folder / _AUTHORITY).exists():
        folder.mkdir(parents=True, exist_ok=True)
        passphrase = secrets.token_hex(16).encode()
        made = make_demo_identity(_DEMO_NAME, passphrase=passphrase)
        for name, data in ((_KEY, made.pkcs12), (_PASSPHRASE, passphrase), (_AUTHORITY, made.authority)):
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
    return _identity(folder / _KEY, _read(folder / _PASSPHRASE).strip()), _read(folder / _AUTHORITY)


def _identity(path: Path, passphrase: bytes | None) -> Identity:
    try:
        return read_identity(_read(path), passphrase)
    except SigningFailed as problem:
        raise ConfigProblem(f"không dùng được khóa ký {path}: {problem}") from problem


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ConfigProblem(f"không đọc được {path}: {problem.strerror}") from problem
