"""Published templates: kept for good by their hash, in force by the closing day of the data."""

from __future__ import annotations

from datetime import date

from compiler.template import Template
from runtime.reports import Act, Refusal, Regime
from runtime.storage.records import PublishedTemplate


class TemplateShelf:
    """Every template ever published, and the regimes made of them, each compiled to code once a process."""

    def publish(
        self, template: Template, act: Act, in_force_from: date | None = None
    ) -> PublishedTemplate | Refusal:
        """Put a template in force for data that closes on or after `in_force_from` (else the template's own day).

        The one before it in force ends the day before. Publishing the same template again changes nothing; a version
        number is used once.
        """
        raise NotImplementedError

    def published(self) -> tuple[PublishedTemplate, ...]:
        """All of them, by regime and day of force."""
        raise NotImplementedError

    def in_force(self, regime: str, day: date) -> PublishedTemplate | None:
        """The template for data that closes on a day."""
        raise NotImplementedError

    def regime(self, hash: str) -> Regime:
        """Layout, plan and checks of a published template. KeyError for a hash that was never published."""
        raise NotImplementedError
