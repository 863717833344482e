"""The site as an application, put together in named steps: what it serves is in `views/`, who may call it in
`access.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from flask import Flask, url_for
from jinja2 import StrictUndefined
from werkzeug.routing import BaseConverter, ValidationError

from compiler.periods import Period, parse_period
from runtime.store import Store
from server import access, errors, protection, words
from server.config import Config
from server.posting import SiteRequest
from server.signatures import open_desk
from server.site import Site, derived_key, put_in_place
from server.views import (
    deciding,
    exports,
    filling,
    forms,
    many_files,
    my_reports,
    people,
    publishing,
    receiving,
    report,
    rounds,
    sign_in,
    signatures,
    totals,
    workbooks,
)

BLUEPRINTS = (
    sign_in.blueprint,
    my_reports.blueprint,
    filling.blueprint,
    forms.blueprint,
    workbooks.blueprint,
    many_files.blueprint,
    report.blueprint,
    deciding.blueprint,
    receiving.blueprint,
    totals.blueprint,
    signatures.blueprint,
    publishing.blueprint,
    rounds.blueprint,
    people.blueprint,
    exports.blueprint,
)


class PeriodConverter(BaseConverter):
    """A period in an address, as its code: any other spelling is no address."""

    part_isolating = True

    def to_python(self, value: str) -> Period:
        """The period of a code."""
        period = parse_period(value)
        if not isinstance(period, Period):
            raise ValidationError
        return period

    def to_url(self, value: Period) -> str:
        """The code."""
        return value.code


def create_app(
    config: Config, store: Store | None = None, clock: Callable[[], datetime] | None = None
) -> Flask:
    """The site. `store`: the one to use, else that of the settings; `clock`: the time, for tests.

    Raises ConfigProblem where secrets or keys can't be used, ValueError for a database URL that is none.
    """
    app = Flask(__name__, static_url_path="/static")
    app.request_class = SiteRequest
    secret = config.secret()
    site = Site(
        store=store or open_store(config),
        config=config,
        signing=open_desk(config),
        token_key=derived_key(secret, "form"),
        clock=clock or (lambda: datetime.now(UTC)),
    )
    put_in_place(app, site)
    _limit(app, config)
    _route(app)
    _furnish_templates(app)
    access.install(app)
    protection.install(app)
    errors.install(app)
    return app


def open_store(config: Config) -> Store:
    """The store of the settings. Raises ConfigProblem or ValueError as `create_app` does."""
    return Store.open(config.database, seal_key=derived_key(config.secret(), "seal"))


def _limit(app: Flask, config: Config) -> None:
    """No request larger than the settings allow."""
    app.config["MAX_CONTENT_LENGTH"] = config.largest_upload
    app.config["MAX_FORM_MEMORY_SIZE"] = config.largest_upload
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = (
        31_536_000  # addresses of static files carry their content's hash
    )


def _route(app: Flask) -> None:
    app.url_map.converters["period"] = PeriodConverter
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


def _furnish_templates(app: Flask) -> None:
    """What templates may call; a name that is not there is an error, not an empty text."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {
        "day": words.day,
        "moment": words.moment,
        "told": words.told,
        "size": words.size,
    }
    app.jinja_env.globals |= {
        "may": access.may,
        "form_token": protection.form_token,
        "once": protection.once,
        "asset": _asset,
        "STATES": words.STATE_WORDS,
        "ACTS": words.ACT_WORDS,
        "ROLES": words.ROLE_WORDS,
        "RULES": words.RULE_WORDS,
        "FILES": words.FILE_WORDS,
        "menu": my_reports.menu,
        "notice": my_reports.notice,
        "page_address": my_reports.page_address,
    }
    app.jinja_env.tests["view"] = lambda item, name: type(item).__name__ == name


def _asset(name: str) -> str:
    """The address of a static file: another one whenever its content is."""
    return url_for("static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    data = resources.files("server").joinpath("static", name).read_bytes()
    return hashlib.sha256(data).hexdigest()[:12]
