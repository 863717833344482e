"""How the tables came to be what `models.py` says: one file a step, run in order by Alembic, and part of the wheel."""
