"""Measurements of bieu against floors written by hand. `script/bench` runs them.

`floors.py` is what a good engineer would write for one known form, `site_floors.py` the least that a server and a
database could do; both were committed before the code that measures against them. The other modules bring the same
work to bieu, check that both give equal results, and only then measure.
"""
