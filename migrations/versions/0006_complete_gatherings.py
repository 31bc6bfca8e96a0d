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


def downgrade() -> None:
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_file_created_at"))
        batch_op.drop_index(batch_op.f("ix_answer_file_question_id"))

    op.drop_table("answer_file")
