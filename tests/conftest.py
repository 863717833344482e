"""Hypothesis for all tests: what takes long on a busy machine isn't wrong. Time is measured by script/bench."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("bieu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bieu")
