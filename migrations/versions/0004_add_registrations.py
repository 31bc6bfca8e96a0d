"""Add registrations and the door"""

import sqlalchemy as sa
from alembic import op

revision = "0004_add_registrations"
down_revision = "0003_add_activities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("slug", name=op.f("uq_series_slug")),
    )
    op.create_table(
        "cohort",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_cohort_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohort_event_id"), ["event_id"], unique=False)

    op.create_table(
        "door_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("door", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_door_device_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_door_device_user_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_session.id"],
            name=op.f("fk_door_device_session_id_user_session"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_door_device_token_hash")),
    )
    with op.batch_alter_table("door_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_device_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_device_user_id"), ["user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_device_session_id"), ["session_id"], unique=False)

    op.create_table(
        "event_host",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_host_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_event_host_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "user_id", name=op.f("pk_event_host")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "texte",
                "choix",
                "choix_multiples",
                "nombre",
                "fichier",
                "consentement",
                name="questionkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("help", sa.String(length=300), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("condition_id", sa.Integer(), nullable=True),
        sa.Column("condition_value", sa.String(length=200), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("kept_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["condition_id"], ["question.id"], name=op.f("fk_question_condition_id_question")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_question_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_event_id"), ["event_id"], unique=False)

    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "en_attente",
                "confirmee",
                "liste_attente",
                "promue",
                "annulee_personne",
                "annulee_organisation",
                "expiree",
                name="registrationstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column(
            "language",
            sa.Enum("francais", "francais_et_anglais", name="language", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_registration_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("form_token", name=op.f("uq_registration_form_token")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_email"), ["email"], unique=False)
        batch_op.create_index(
            "ix_registration_event_id_state_rank", ["event_id", "state", "rank"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registration_offer_expires_at"), ["offer_expires_at"], unique=False
        )

    op.create_table(
        "registration_rules",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_limit", sa.Integer(), nullable=True),
        sa.Column("needs_verification", sa.Boolean(), nullable=False),
        sa.Column("party_max", sa.Integer(), nullable=False),
        sa.Column("is_invitation_only", sa.Boolean(), nullable=False),
        sa.Column("has_waiting_list", sa.Boolean(), nullable=False),
        sa.Column("offer_hours", sa.Integer(), nullable=False),
        sa.Column(
            "attestation",
            sa.Enum("aucune", "toutes", "une", name="attestationrule", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("asks_diet", sa.Boolean(), nullable=False),
        sa.Column("asks_access", sa.Boolean(), nullable=False),
        sa.Column("takes_children", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_registration_rules_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_registration_rules")),
    )
    op.create_table(
        "seat_pool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "evenement", "groupe", "seance", "organisation", name="poolkind", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("last_rank", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity IS NULL OR taken <= capacity", name=op.f("ck_seat_pool_never_oversold")),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_seat_pool_taken_is_counted")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_seat_pool_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_pool")),
        sa.UniqueConstraint("event_id", "kind", "target", name="uq_seat_pool_event_id_kind_target"),
    )
    with op.batch_alter_table("seat_pool", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_pool_event_id"), ["event_id"], unique=False)

    op.create_table(
        "survey_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("liked", sa.Text(), nullable=False),
        sa.Column("improve", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_survey_answer_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
    )
    with op.batch_alter_table("survey_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_answer_event_id"), ["event_id"], unique=False)

    op.create_table(
        "attendee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=170), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organization", sa.String(length=200), nullable=False),
        sa.Column("organization_key", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=160), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("cohort_id", sa.Integer(), nullable=True),
        sa.Column("attends_online", sa.Boolean(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("may_be_contacted", sa.Boolean(), nullable=False),
        sa.Column("accepts_photos", sa.Boolean(), nullable=False),
        sa.Column("ticket_code", sa.String(length=10), nullable=False),
        sa.Column("short_code", sa.String(length=6), nullable=False),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_attendee_cohort_id_cohort")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_attendee_event_id_event")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_attendee_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["attendee.id"], name=op.f("fk_attendee_replaced_by_id_attendee")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_attendee_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendee")),
        sa.UniqueConstraint("event_id", "short_code", name="uq_attendee_event_id_short_code"),
        sa.UniqueConstraint("ticket_code", name=op.f("uq_attendee_ticket_code")),
    )
    with op.batch_alter_table("attendee", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendee_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendee_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendee_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendee_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(
            "uq_attendee_event_id_email",
            ["event_id", "email"],
            unique=True,
            sqlite_where=sa.text("is_active AND email <> ''"),
            postgresql_where=sa.text("is_active AND email <> ''"),
        )

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("envoyee", "acceptee", "declinee", name="invitationstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_invitation_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_invitation_registration_id_registration")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("event_id", "email", name="uq_invitation_event_id_email"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_event_id"), ["event_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_answer_attendee_id_attendee"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_answer_question_id_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_question_id"), ["question_id"], unique=False)

    op.create_table(
        "attendance",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(length=60), nullable=False),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            name=op.f("fk_attendance_attendee_id_attendee"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_attendance_session_id_session")
        ),
        sa.PrimaryKeyConstraint("attendee_id", "session_id", name=op.f("pk_attendance")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_session_id"), ["session_id"], unique=False)

    op.create_table(
        "attendee_choice",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            name=op.f("fk_attendee_choice_attendee_id_attendee"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_attendee_choice_session_id_session")
        ),
        sa.PrimaryKeyConstraint("attendee_id", "session_id", name=op.f("pk_attendee_choice")),
    )
    with op.batch_alter_table("attendee_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendee_choice_session_id"), ["session_id"], unique=False)

    op.create_table(
        "programme_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "allocution",
                "conference",
                "presentation",
                "panel",
                "atelier",
                "pause",
                "autre",
                name="itemkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("speaker", sa.String(length=200), nullable=False),
        sa.Column("speaker_title", sa.String(length=300), nullable=False),
        sa.Column("institution", sa.String(length=300), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_programme_item_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_item")),
    )
    with op.batch_alter_table("programme_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programme_item_session_id"), ["session_id"], unique=False)

    op.create_table(
        "registration_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "en_attente",
                "confirmee",
                "liste_attente",
                "promue",
                "annulee_personne",
                "annulee_organisation",
                "expiree",
                name="registrationstate",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "en_attente",
                "confirmee",
                "liste_attente",
                "promue",
                "annulee_personne",
                "annulee_organisation",
                "expiree",
                name="registrationstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            name=op.f("fk_registration_move_attendee_id_attendee"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_move_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_move")),
    )
    with op.batch_alter_table("registration_move", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_move_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "scan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "action",
            sa.Enum("admettre", "sur_place", "annuler", name="scanaction", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "result",
            sa.Enum(
                "admise",
                "deja_admise",
                "autre_evenement",
                "annulee",
                "autre_seance",
                "inconnue",
                "retiree",
                name="scanresult",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("undoes_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendee.id"], name=op.f("fk_scan_attendee_id_attendee")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["door_device.id"], name=op.f("fk_scan_device_id_door_device")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_scan_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_scan_session_id_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
    )
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scan_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scan_event_id"), ["event_id"], unique=False)

    op.create_table(
        "sensitive_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purge_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            name=op.f("fk_sensitive_answer_attendee_id_attendee"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_sensitive_answer_question_id_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensitive_answer")),
    )
    with op.batch_alter_table("sensitive_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sensitive_answer_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sensitive_answer_purge_on"), ["purge_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_sensitive_answer_question_id"), ["question_id"], unique=False)

    op.create_table(
        "survey",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_survey_attendee_id_attendee"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_survey")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_survey_token_hash")),
    )
    op.create_table(
        "gathering_round",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "j-30",
                "j-14",
                "j-7",
                "j-2",
                "jour-j",
                "j+1",
                name="reminderkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("was_off", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_gathering_round_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "kind", "day_on", name=op.f("pk_gathering_round")),
    )
    with op.batch_alter_table("gathering_round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gathering_round_day_on"), ["day_on"], unique=False)

    op.create_table(
        "gathering_reminder",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "j-30",
                "j-14",
                "j-7",
                "j-2",
                "jour-j",
                "j+1",
                name="reminderkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendee.id"],
            name=op.f("fk_gathering_reminder_attendee_id_attendee"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_gathering_reminder_message_id_message"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_gathering_reminder_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "attendee_id", "session_id", "kind", "day_on", name=op.f("pk_gathering_reminder")
        ),
    )
    with op.batch_alter_table("gathering_reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gathering_reminder_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gathering_reminder_session_id"), ["session_id"], unique=False)

    op.create_table(
        "gathering_silence",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "j-30",
                "j-14",
                "j-7",
                "j-2",
                "jour-j",
                "j+1",
                name="reminderkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_gathering_silence_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "kind", name=op.f("pk_gathering_silence")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("series_number", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_event_series_id"), ["series_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_event_series_id_series"), "series", ["series_id"], ["id"])

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("month_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("title", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("place", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("online_url", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("capacity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cohort_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("block", sa.String(length=60), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_session_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_session_cohort_id_cohort"), "cohort", ["cohort_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_session_cohort_id_cohort"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_session_cohort_id"))
        batch_op.drop_column("block")
        batch_op.drop_column("cohort_id")
        batch_op.drop_column("capacity")
        batch_op.drop_column("online_url")
        batch_op.drop_column("place")
        batch_op.drop_column("title")
        batch_op.drop_column("month_on")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_series_id_series"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_event_series_id"))
        batch_op.drop_column("series_number")
        batch_op.drop_column("series_id")

    op.drop_table("gathering_silence")
    with op.batch_alter_table("gathering_reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gathering_reminder_session_id"))
        batch_op.drop_index(batch_op.f("ix_gathering_reminder_message_id"))

    op.drop_table("gathering_reminder")
    with op.batch_alter_table("gathering_round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gathering_round_day_on"))

    op.drop_table("gathering_round")
    op.drop_table("survey")
    with op.batch_alter_table("sensitive_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sensitive_answer_question_id"))
        batch_op.drop_index(batch_op.f("ix_sensitive_answer_purge_on"))
        batch_op.drop_index(batch_op.f("ix_sensitive_answer_attendee_id"))

    op.drop_table("sensitive_answer")
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scan_event_id"))
        batch_op.drop_index(batch_op.f("ix_scan_device_id"))
        batch_op.drop_index(batch_op.f("ix_scan_attendee_id"))

    op.drop_table("scan")
    with op.batch_alter_table("registration_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_move_registration_id"))

    op.drop_table("registration_move")
    with op.batch_alter_table("programme_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programme_item_session_id"))

    op.drop_table("programme_item")
    with op.batch_alter_table("attendee_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendee_choice_session_id"))

    op.drop_table("attendee_choice")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_session_id"))

    op.drop_table("attendance")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_question_id"))
        batch_op.drop_index(batch_op.f("ix_answer_attendee_id"))

    op.drop_table("answer")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_event_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("attendee", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_attendee_event_id_email",
            sqlite_where=sa.text("is_active AND email <> ''"),
            postgresql_where=sa.text("is_active AND email <> ''"),
        )
        batch_op.drop_index(batch_op.f("ix_attendee_registration_id"))
        batch_op.drop_index(batch_op.f("ix_attendee_name_key"))
        batch_op.drop_index(batch_op.f("ix_attendee_event_id"))
        batch_op.drop_index(batch_op.f("ix_attendee_cohort_id"))

    op.drop_table("attendee")
    with op.batch_alter_table("survey_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_answer_event_id"))

    op.drop_table("survey_answer")
    with op.batch_alter_table("seat_pool", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_pool_event_id"))

    op.drop_table("seat_pool")
    op.drop_table("registration_rules")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_offer_expires_at"))
        batch_op.drop_index("ix_registration_event_id_state_rank")
        batch_op.drop_index(batch_op.f("ix_registration_email"))

    op.drop_table("registration")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_event_id"))

    op.drop_table("question")
    op.drop_table("event_host")
    with op.batch_alter_table("door_device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_device_session_id"))
        batch_op.drop_index(batch_op.f("ix_door_device_user_id"))
        batch_op.drop_index(batch_op.f("ix_door_device_event_id"))

    op.drop_table("door_device")
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohort_event_id"))

    op.drop_table("cohort")
    op.drop_table("series")
