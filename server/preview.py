"""The preview: every target of a package in the browser, compiled anew whenever a source is saved.

For the author's own machine: it listens on loopback only and shows whatever the folder holds. Publishing is another
matter. Pages ask `/version` now and then and reload when it changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from flask import Flask, Response, abort, jsonify, render_template

from compiler.memory import Memory
from compiler.package import Library, LoadedPackage, find_packages
from compiler.pipeline import Regime
from compiler.proofs.limits import Proofs
from dsl.catalogue import message
from dsl.diagnostics import Language
from dsl.render import to_text
from renderers.registry import TARGETS
from server.watching import fingerprint

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; object-src 'self'; form-action 'self'; base-uri 'none'"
)
"""No inline script or style, and nothing from elsewhere."""


@dataclass
class Watched:
    """The packages below a path, compiled as their files are now."""

    path: Path
    language: Language
    needs_lock: bool = False
    version: str = ""
    packages: list[LoadedPackage] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    _lock: Lock = field(default_factory=Lock)

    def refresh(self) -> str:
        """Compile again if any file changed; the version of what is shown."""
        with self._lock:
            version = fingerprint([self.path])
            if version != self.version:
                self.memory.begin()
                library = Library(needs_lock=self.needs_lock, memory=self.memory)
                self.packages = [library.load(folder) for folder in find_packages(self.path)]
                self.version = version
            return self.version

    def regime(self, name: str) -> Regime | None:
        """The regime of that name as it is now, or None."""
        self.refresh()
        for package in self.packages:
            for regime in package.compilation.regimes:
                if regime.template.regime == name:
                    return regime
        return None

    def proven_against(self, name: str) -> tuple[str, ...]:
        """Why nobody could fill the form of that name, one sentence a reason; nothing where it can be filled."""
        self.refresh()
        found: list[str] = []
        for package in self.packages:
            if any(regime.template.regime == name for regime in package.compilation.regimes):
                library = Library(needs_lock=self.needs_lock, memory=self.memory, proofs=Proofs())
                with self._lock:
                    proven = library.load(package.path)
                found += [
                    message(each, self.language) for each in proven.diagnostics if each.severity == "error"
                ]
        return tuple(found)

    def messages(self) -> str:
        """What the compiler says of the packages."""
        texts = [to_text(package.diagnostics, package.sources, self.language) for package in self.packages]
        return "\n".join(text for text in texts if text)


def create_preview(path: Path, language: Language = "vi") -> Flask:
    """The application that previews the packages at `path`."""
    app = Flask(__name__)
    watched = Watched(path, language)
    rendered: dict[tuple[str, str, str], bytes] = {}

    @app.get("/")
    def index() -> str:
        version = watched.refresh()
        regimes = [regime.template for package in watched.packages for regime in package.compilation.regimes]
        return render_template(
            "preview.html", regimes=regimes, targets=TARGETS, messages=watched.messages(), version=version
        )

    @app.get("/version")
    def version() -> Response:
        return jsonify(version=watched.refresh())

    @app.get("/<regime_name>/<filename>")
    def output(regime_name: str, filename: str) -> Response:
        regime = watched.regime(regime_name)
        target = next((row for row in TARGETS if row.filename == filename), None)
        if regime is None or target is None:
            abort(404)
        key = (watched.version, regime_name, filename)
        if key not in rendered:
            rendered[key] = target.render(regime.layout, None)
        charset = "; charset=utf-8" if target.media_type.startswith("text/") else ""
        return Response(rendered[key], content_type=target.media_type + charset)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
