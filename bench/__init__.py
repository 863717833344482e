"""Measurements of bieu against floors written by hand. `script/bench` runs them.

`floors.py` is what a good engineer would write for one known form, and was committed before the code it
judges; `site_floors.py` is the least that a server and a database could do. The other modules bring the same work to bieu, check that both give equal results, and only then
measure.
"""
