"""What every view works with: the store, the settings, the clock and the keys, reached from the application at hand."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import cast

from flask import Flask, current_app, g

from runtime.accounts import User
from runtime.reports import Act
from runtime.store import Store
from server.config import Config
from server.signatures import SigningDesk

VIETNAM = timezone(timedelta(hours=7))
"""Days begin and end, and reports are late, by this clock."""

_EXTENSION = "bieu"


@dataclass(frozen=True)
class Site:
    """One site."""

    store: Store
    config: Config
    signing: SigningDesk
    token_key: bytes
    """What form tokens are sealed with."""
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        """The time, as Vietnam's clocks show it."""
        return self.clock().astimezone(VIETNAM)


def put_in_place(app: Flask, site: Site) -> None:
    """Make `site` the application's."""
    app.extensions[_EXTENSION] = site


def this_site() -> Site:
    """The site of the application that answers now."""
    return cast(Site, current_app.extensions[_EXTENSION])


def this_user() -> User:
    """Who asks. Only for endpoints that somebody signed in may call: access.py has seen to it."""
    return cast(User, g.user)


def act(reason: str = "") -> Act:
    """What is done now, by who asks."""
    return Act(this_user().name, this_site().now(), reason)


def derived_key(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose: knowing it tells nothing of the secret or of other keys."""
    return hmac.new(secret, b"bieu/" + purpose.encode(), hashlib.sha256).digest()
