"""What a workbook is: which template it was made from, and for whom. It travels in the file twice.

Once as custom document properties, once on a sheet that spreadsheet programs do not offer to show; either is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from compiler.template import Template, template_hash
from renderers.filling import Filling

PROPERTY_PREFIX = "bieu."


@dataclass(frozen=True)
class WorkbookIdentity:
    """Which template a workbook follows, and the unit (its code) and period it was handed out for, "" if open."""

    template_hash: str
    package: str
    regime: str
    version: str
    unit: str = ""
    unit_name: str = ""
    period: str = ""


def identity_of(template: Template, filling: Filling | None) -> WorkbookIdentity:
    """The identity of a workbook about to be written."""
    return WorkbookIdentity(
        template_hash=template_hash(template),
        package=template.package,
        regime=template.regime,
        version=template.version,
        unit="" if filling is None else filling.unit_code,
        unit_name="" if filling is None else filling.unit_name,
        period="" if filling is None else filling.period.code,
    )


def facts(identity: WorkbookIdentity) -> Mapping[str, str]:
    """The identity by field."""
    return asdict(identity)


def from_facts(found: Mapping[str, str]) -> WorkbookIdentity | None:
    """The identity that a file's facts tell; None where they tell of no template."""
    known = {field.name: found.get(field.name, "") for field in fields(WorkbookIdentity)}
    return WorkbookIdentity(**known) if known["template_hash"] and known["regime"] else None
