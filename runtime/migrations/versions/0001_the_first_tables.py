"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Code = sa.String().with_variant(sa.String(collation="C"), "postgresql")

NEVER_CHANGED = ("versions", "entries", "checkpoints", "files")


def upgrade() -> None:
    """Make all tables, and the triggers that keep some rows as they were written."""
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", Code, nullable=False),
        sa.Column("address", Code, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_account_at"), "attempts", ["account", "at"])
    op.create_index(op.f("ix_attempts_address_at"), "attempts", ["address", "at"])
    op.create_index(op.f("ix_attempts_at"), "attempts", ["at"])

    op.create_table(
        "chains",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", Code, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", Code, nullable=False),
        sa.Column("sealed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chains")),
        sa.UniqueConstraint("name", name=op.f("uq_chains_name")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("seal", Code, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "files",
        sa.Column("sha256", Code, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_files")),
    )
    op.create_table(
        "templates",
        sa.Column("hash", Code, nullable=False),
        sa.Column("regime", Code, nullable=False),
        sa.Column("package", Code, nullable=False),
        sa.Column("version", Code, nullable=False),
        sa.Column("title", Code, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("published_by", Code, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_templates")),
        sa.UniqueConstraint("regime", "version", name=op.f("uq_templates_regime_version")),
    )
    op.create_table(
        "units",
        sa.Column("code", Code, nullable=False),
        sa.Column("parent", Code, nullable=True),
        sa.Column("level", Code, nullable=False),
        sa.Column("kind", Code, nullable=False),
        sa.Column("name", Code, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["units.code"], name=op.f("fk_units_parent")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
    )
    op.create_index(op.f("ix_units_parent"), "units", ["parent"])

    op.create_table(
        "users",
        sa.Column("name", Code, nullable=False),
        sa.Column("display_name", Code, nullable=False),
        sa.Column("password", Code, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "entries",
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", Code, nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_entries_chain_id")),
        sa.PrimaryKeyConstraint("chain_id", "number", name=op.f("pk_entries")),
    )
    op.create_table(
        "grants",
        sa.Column("user", Code, nullable=False),
        sa.Column("role", Code, nullable=False),
        sa.Column("unit", Code, nullable=False),
        sa.Column("regime", Code, nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_grants_unit")),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name=op.f("fk_grants_user")),
        sa.PrimaryKeyConstraint("user", "role", "unit", "regime", name=op.f("pk_grants")),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("regime", Code, nullable=False),
        sa.Column("period", Code, nullable=False),
        sa.Column("template", Code, nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["template"], ["templates.hash"], name=op.f("fk_rounds_template")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("regime", "period", name=op.f("uq_rounds_regime_period")),
    )
    op.create_index(op.f("ix_rounds_closes"), "rounds", ["closes"])

    op.create_table(
        "sessions",
        sa.Column("token", Code, nullable=False),
        sa.Column("user", Code, nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name=op.f("fk_sessions_user")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires"), "sessions", ["expires"])
    op.create_index(op.f("ix_sessions_user"), "sessions", ["user"])

    op.create_table(
        "units_above",
        sa.Column("unit", Code, nullable=False),
        sa.Column("above", Code, nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["above"], ["units.code"], name=op.f("fk_units_above_above")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_units_above_unit")),
        sa.PrimaryKeyConstraint("unit", "above", name=op.f("pk_units_above")),
    )
    op.create_index(op.f("ix_units_above_above"), "units_above", ["above"])

    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("unit", Code, nullable=False),
        sa.Column("path", Code, nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("state", Code, nullable=False),
        sa.Column("left_out", Code, nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_reports_chain_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_reports_round_id")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_reports_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("round_id", "unit", name=op.f("uq_reports_round_id_unit")),
    )
    op.create_index(op.f("ix_reports_due"), "reports", ["due"])
    op.create_index(op.f("ix_reports_round_id_state"), "reports", ["round_id", "state"])
    op.create_index(op.f("ix_reports_unit"), "reports", ["unit"])

    op.create_table(
        "rollups",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("unit", Code, nullable=False),
        sa.Column("parent", Code, nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("own", sa.LargeBinary(), nullable=True),
        sa.Column("merged", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_rollups_round_id")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_rollups_unit")),
        sa.PrimaryKeyConstraint("round_id", "unit", name=op.f("pk_rollups")),
    )
    op.create_index(op.f("ix_rollups_round_id_parent"), "rollups", ["round_id", "parent"])

    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("sha256", Code, nullable=False),
        sa.Column("role", Code, nullable=False),
        sa.Column("name", Code, nullable=False),
        sa.Column("media_type", Code, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stored_by", Code, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_attachments_report_id")),
        sa.ForeignKeyConstraint(["sha256"], ["files.sha256"], name=op.f("fk_attachments_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_report_id"), "attachments", ["report_id"])

    op.create_table(
        "drafts",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("saved_by", Code, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_drafts_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "requests",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("key", Code, nullable=False),
        sa.Column("action", Code, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_requests_report_id")),
        sa.PrimaryKeyConstraint("report_id", "key", name=op.f("pk_requests")),
    )
    op.create_table(
        "versions",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("template", Code, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sources", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.LargeBinary(), nullable=False),
        sa.Column("hash", Code, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", Code, nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_versions_report_id")),
        sa.ForeignKeyConstraint(["template"], ["templates.hash"], name=op.f("fk_versions_template")),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_versions")),
    )
    for table in NEVER_CHANGED:
        _keep_as_written(table)


def downgrade() -> None:
    """Take all tables away; their triggers go with them."""
    op.drop_table("versions")
    op.drop_table("requests")
    op.drop_table("drafts")
    op.drop_index(op.f("ix_attachments_report_id"), "attachments")

    op.drop_table("attachments")
    op.drop_index(op.f("ix_rollups_round_id_parent"), "rollups")

    op.drop_table("rollups")
    op.drop_index(op.f("ix_reports_unit"), "reports")
    op.drop_index(op.f("ix_reports_round_id_state"), "reports")
    op.drop_index(op.f("ix_reports_due"), "reports")

    op.drop_table("reports")
    op.drop_index(op.f("ix_units_above_above"), "units_above")

    op.drop_table("units_above")
    op.drop_index(op.f("ix_sessions_user"), "sessions")
    op.drop_index(op.f("ix_sessions_expires"), "sessions")

    op.drop_table("sessions")
    op.drop_index(op.f("ix_rounds_closes"), "rounds")

    op.drop_table("rounds")
    op.drop_table("grants")
    op.drop_table("entries")
    op.drop_table("users")
    op.drop_index(op.f("ix_units_parent"), "units")

    op.drop_table("units")
    op.drop_table("templates")
    op.drop_table("files")
    op.drop_table("checkpoints")
    op.drop_table("chains")
    op.drop_index(op.f("ix_attempts_at"), "attempts")
    op.drop_index(op.f("ix_attempts_address_at"), "attempts")
    op.drop_index(op.f("ix_attempts_account_at"), "attempts")

    op.drop_table("attempts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION bieu_never_changed()")


def _keep_as_written(table: str) -> None:
    """Rows of the table can be added, neither changed nor taken away, whoever asks for it."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION bieu_never_changed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% are never changed', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_as_written BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION bieu_never_changed()"
    )
