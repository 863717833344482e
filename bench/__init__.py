"""Measurements of bieu against floors written by hand. `script/bench` runs them.

`floors.py` is what a good engineer would write for one known form, and was committed before the code it
judges. The other modules bring the same work to bieu, check that both give equal results, and only then
measure.
"""
