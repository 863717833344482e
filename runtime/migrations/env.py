"""What Alembic runs to migrate: on the connection that `storage/schema.py` gives, in its transaction."""

from __future__ import annotations

from alembic import context

from runtime.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
