"""Stamp each change of the calendar with its number"""

import sqlalchemy as sa
from alembic import op

revision = "0005_stamp_calendar_changes"
down_revision = "0004_add_registrations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_change",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_calendar_change")),
    )
    with op.batch_alter_table("calendar_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_change_number"), ["number"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("calendar_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_change_number"))

    op.drop_table("calendar_change")
