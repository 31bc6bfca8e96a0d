"""Complete what gatherings keep"""

import sqlalchemy as sa
from alembic import op

revision = "0006_complete_gatherings"
down_revision = "0005_stamp_calendar_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("sensitive_answer_id", sa.Integer(), nullable=True),
        sa.Column("handle_hash", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "answer_id IS NULL OR sensitive_answer_id IS NULL", name=op.f("ck_answer_file_one_answer")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_answer_file_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_answer_file_answer_id_answer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sensitive_answer_id"],
            ["sensitive_answer.id"],
            name=op.f("fk_answer_file_sensitive_answer_id_sensitive_answer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
        sa.UniqueConstraint("answer_id", name=op.f("uq_answer_file_answer_id")),
        sa.UniqueConstraint("sensitive_answer_id", name=op.f("uq_answer_file_sensitive_answer_id")),
        sa.UniqueConstraint("handle_hash", name=op.f("uq_answer_file_handle_hash")),
    )
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_file_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_file_created_at"), ["created_at"], unique=False)

    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scan_event_id"))
        batch_op.create_index("ix_scan_event_id_received_at", ["event_id", "received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_scan_undoes_id"), ["undoes_id"], unique=False)

    with op.batch_alter_table("seat_pool", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sittings", sa.JSON(), server_default="[]", nullable=False))
    _count_sittings()


POOLS = sa.table(
    "seat_pool",
    sa.column("event_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("target", sa.String),
    sa.column("capacity", sa.Integer),
    sa.column("taken", sa.Integer),
    sa.column("sittings", sa.JSON),
)


def _count_sittings() -> None:
    """The sittings that have a limit, in the row of their group or of the event, and who sits in them now.

    Where more people were registered than the room has seats, the limit follows: nobody loses a seat.
    """
    connection = op.get_bind()
    sittings = connection.execute(
        sa.text(
            "SELECT id, event_id, cohort_id, capacity FROM session "
            "WHERE capacity IS NOT NULL AND (cohort_id IS NOT NULL OR block = '')"
        )
    ).all()
    named: dict[tuple[int, str, str], list[str]] = {}
    for number, event_id, cohort_id, capacity in sittings:
        group = (event_id, "groupe", str(cohort_id)) if cohort_id else (event_id, "evenement", "")
        named.setdefault(group, []).append(str(number))
        taken = connection.execute(
            sa.text(
                "SELECT COUNT(*) FROM attendee JOIN registration ON registration.id = registration_id "
                "WHERE attendee.event_id = :event AND is_active AND NOT is_walk_in "
                "AND state IN ('confirmee', 'promue') AND (:cohort = 0 OR cohort_id = :cohort)"
            ),
            {"event": event_id, "cohort": cohort_id or 0},
        ).scalar_one()
        connection.execute(
            sa.update(POOLS)
            .where(POOLS.c.kind == "seance", POOLS.c.target == str(number))
            .values(taken=taken, capacity=max(capacity, taken))
        )
    for (event_id, kind, target), numbers in named.items():
        connection.execute(
            sa.update(POOLS)
            .where(POOLS.c.event_id == event_id, POOLS.c.kind == kind, POOLS.c.target == target)
            .values(sittings=numbers)
        )


def downgrade() -> None:
    with op.batch_alter_table("seat_pool", schema=None) as batch_op:
        batch_op.drop_column("sittings")

    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scan_undoes_id"))
        batch_op.drop_index("ix_scan_event_id_received_at")
        batch_op.create_index(batch_op.f("ix_scan_event_id"), ["event_id"], unique=False)

    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_file_created_at"))
        batch_op.drop_index(batch_op.f("ix_answer_file_question_id"))

    op.drop_table("answer_file")
