"""What can be proven of a regime's checks and formulas by a solver, and the filled forms that show it.

`scene.py` tells the solver what a report can hold, `questions.py` asks, `witness.py` turns an answer back into a report
and has the reference evaluator confirm it. `passes/proofs.py` says the outcome in the author's terms. z3 is imported
only when something is proven.
"""
