"""Formulas: their resolved form, their one meaning, and the back ends that must agree with it."""
