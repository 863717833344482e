"""Whether every back end gives the same report: engines that run them, reports to try them on, and the differences.

The reference evaluator (`compiler/formula/evaluate.py`) is what all are held against. An engine that is not installed
is an error (`EngineMissing`): nothing is left out in silence.
"""
