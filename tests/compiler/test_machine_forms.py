"""JSON and SARIF of every bad file: of the shape that tools read, and saying what the text says.

The SARIF shape is what sections 3.13 to 3.57 of the standard ask of the properties that we write, with nothing beside.
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compiler.package import Library, LoadedPackage
from dsl.catalogue import catalogue
from dsl.diagnostics import Language
from dsl.render import to_json, to_sarif

_BAD = Path(__file__).parents[1] / "bad"
_FILES = [path for path in sorted(_BAD.rglob("*.bieu")) if path.with_suffix(".vi.txt").exists()]


def _closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_COUNT = {"type": "integer", "minimum": 0}
_FROM_ONE = {"type": "integer", "minimum": 1}
_WORDS = {"type": "string", "minLength": 1}
_MESSAGE = _closed({"text": _WORDS})
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_REGION = _closed(
    {"charOffset": _COUNT, "charLength": _COUNT},
    startLine=_FROM_ONE,
    startColumn=_FROM_ONE,
    endLine=_FROM_ONE,
    endColumn=_FROM_ONE,
)
_ARTIFACT = _closed({"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~!$&'()*+,;=:@/%-]+$"}})
_PHYSICAL = _closed({"artifactLocation": _ARTIFACT, "region": _REGION})
_CODE = {"type": "string", "pattern": r"^BIEU\d{4}$"}
_REPLACEMENT = _closed({"deletedRegion": _REGION}, insertedContent=_closed({"text": {"type": "string"}}))
_CHANGE = _closed({"artifactLocation": _ARTIFACT, "replacements": _list(_REPLACEMENT, 1)})
_RESULT = _closed(
    {
        "ruleId": _CODE,
        "ruleIndex": _COUNT,
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _list(_closed({"physicalLocation": _PHYSICAL}), 1),
    },
    relatedLocations=_list(_closed({"id": _COUNT, "physicalLocation": _PHYSICAL, "message": _MESSAGE}), 1),
    fixes=_list(_closed({"description": _MESSAGE, "artifactChanges": _list(_CHANGE, 1)}), 1),
)
_RULE = _closed(
    {
        "id": _CODE,
        "fullDescription": _MESSAGE,
        "help": _MESSAGE,
        "defaultConfiguration": _closed({"level": _LEVEL}),
    }
)
_DRIVER = _closed({"name": {"const": "bieu"}, "rules": _list(_RULE)})
SARIF = _closed(
    {
        "$schema": _WORDS,
        "version": {"const": "2.1.0"},
        "runs": _list(
            _closed(
                {
                    "tool": _closed({"driver": _DRIVER}),
                    "language": {"type": "string", "pattern": "^[a-z]{2}$"},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": _list(_RESULT),
                }
            ),
            1,
        ),
    }
)
_LANGUAGES: tuple[Language, ...] = ("vi", "en")


@pytest.fixture(scope="module")
def loaded() -> list[LoadedPackage]:
    return [Library().load(path) for path in _FILES]


@pytest.mark.parametrize("language", _LANGUAGES)
def test_sarif_has_the_standards_shape(loaded: list[LoadedPackage], language: Language) -> None:
    validator = Draft202012Validator(SARIF)
    for package in loaded:
        log = json.loads(to_sarif(package.diagnostics, package.sources, language))
        assert list(validator.iter_errors(log)) == []
        (run,) = log["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(set(rules)) == len(rules)
        for result, diagnostic in zip(run["results"], package.diagnostics, strict=True):
            assert rules[result["ruleIndex"]] == result["ruleId"] == diagnostic.code
            assert len(result.get("relatedLocations", [])) == len(diagnostic.labels)
            assert ("fixes" in result) == (diagnostic.fix is not None)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_json_and_sarif_say_the_same(loaded: list[LoadedPackage], language: Language) -> None:
    for package in loaded:
        objects = json.loads(to_json(package.diagnostics, package.sources, language))
        results = json.loads(to_sarif(package.diagnostics, package.sources, language))["runs"][0]["results"]
        for one, other in zip(objects, results, strict=True):
            region = other["locations"][0]["physicalLocation"]["region"]
            assert (one["code"], one["severity"], one["message"]) == (
                other["ruleId"],
                other["level"],
                other["message"]["text"],
            )
            assert (one["offset"], one["length"]) == (region["charOffset"], region["charLength"])
            assert (one["line"], one["column"]) == (region["startLine"], region["startColumn"])


def test_a_message_that_compares_two_things_points_at_both() -> None:
    comparing = {
        entry.code
        for entry in catalogue().values()
        if {"left", "right"} <= {name for name, _ in _placeholders(entry.message["en"])}
    }
    assert comparing
    assert all(set(catalogue()[code].labels) for code in comparing)


def _placeholders(template: str) -> list[tuple[str, str]]:
    return [(name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name]
