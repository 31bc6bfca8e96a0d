"""Add activities, their proposals and personal feeds"""

import sqlalchemy as sa
from alembic import op

revision = "0003_add_activities"
down_revision = "0002_add_mailings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("credit", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
    )
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_picture_key"), ["key"], unique=False)

    op.create_table(
        "activity_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("matching", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "lu",
                "en_attente",
                "en_cours",
                "terminee",
                "echouee",
                name="importstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_activity_import_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_activity_import_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_import")),
    )
    with op.batch_alter_table("activity_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_import_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_import_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_import_user_id"), ["user_id"], unique=False)

    op.create_table(
        "organizer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cpe",
                "organisme-famille",
                "bibliotheque",
                "ecole",
                "centre-communautaire",
                "municipalite",
                "groupe-citoyen",
                "regroupement-regional",
                "etablissement-de-sante",
                "autre",
                name="organizerkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("is_trusted", sa.Boolean(), nullable=False),
        sa.Column("trusted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trusted_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_organizer_region_code_region")
        ),
        sa.ForeignKeyConstraint(["trusted_by_id"], ["user.id"], name=op.f("fk_organizer_trusted_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizer")),
        sa.UniqueConstraint("name_key", "email", name="uq_organizer_name_key_email"),
    )
    with op.batch_alter_table("organizer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organizer_email"), ["email"], unique=False)

    op.create_table(
        "personal_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("equipe", "municipalite", name="feedkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (territory_id IS NULL)", name=op.f("ck_personal_feed_belongs_to_one")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_personal_feed_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_personal_feed_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_feed_token_hash")),
    )
    with op.batch_alter_table("personal_feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_personal_feed_territory_id"), ["territory_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_personal_feed_user_id"), ["user_id"], unique=False)

    op.create_table(
        "event_details",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=True),
        sa.Column("organizer_name", sa.String(length=200), nullable=False),
        sa.Column(
            "activity_type",
            sa.Enum(
                "heure-du-conte",
                "marche",
                "portes-ouvertes",
                "atelier-parent-enfant",
                "conference",
                "exposition",
                "bricolage",
                "lever-de-drapeau",
                "autre",
                name="activitytype",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "format",
            sa.Enum("sur-place", "en-ligne", "hybride", name="format", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("online_url", sa.String(length=500), nullable=False),
        sa.Column("is_online_url_public", sa.Boolean(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("accessibility", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column(
            "cost",
            sa.Enum(
                "gratuit",
                "montant",
                "contribution-volontaire",
                "non-precise",
                name="cost",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("price", sa.String(length=120), nullable=False),
        sa.Column("registration", sa.String(length=300), nullable=False),
        sa.Column("max_participants", sa.Integer(), nullable=True),
        sa.Column("rain_plan", sa.String(length=300), nullable=False),
        sa.Column("hashtags", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=160), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=20), nullable=False),
        sa.Column("is_contact_public", sa.Boolean(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("source_url", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_details_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_event_details_organizer_id_organizer")
        ),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name=op.f("fk_event_details_picture_id_picture")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_details")),
    )
    with op.batch_alter_table("event_details", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_details_organizer_id"), ["organizer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_details_picture_id"), ["picture_id"], unique=False)

    op.create_table(
        "follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_follower_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
        sa.UniqueConstraint("event_id", "email", name="uq_follower_event_id_email"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_follower_token_hash")),
    )
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follower_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_follower_event_id"), ["event_id"], unique=False)

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("organizer_id", sa.Integer(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "brouillon",
                "soumise",
                "a_corriger",
                "publiee",
                "modifiee",
                "retiree",
                name="proposalstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("link_seed", sa.String(length=64), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_proposal_edition_id_edition")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_proposal_event_id_event")),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_proposal_organizer_id_organizer")
        ),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name=op.f("fk_proposal_picture_id_picture")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_proposal_region_code_region")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_proposal_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_proposal_event_id")),
        sa.UniqueConstraint("form_token", name=op.f("uq_proposal_form_token")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_proposal_link_hash")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_organizer_id"), ["organizer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_picture_id"), ["picture_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_region_code"), ["region_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_submitted_at"), ["submitted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "event_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "reporter",
                "deplacer",
                "mettre_en_ligne",
                "annuler",
                "retablir",
                name="eventaction",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_move_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_event_move_session_id_session"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_move")),
    )
    with op.batch_alter_table("event_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_move_batch"), ["batch"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_move_event_id"), ["event_id"], unique=False)

    op.create_table(
        "proposal_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "brouillon",
                "soumise",
                "a_corriger",
                "publiee",
                "modifiee",
                "retiree",
                name="proposalstate",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "brouillon",
                "soumise",
                "a_corriger",
                "publiee",
                "modifiee",
                "retiree",
                name="proposalstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
            name=op.f("fk_proposal_move_proposal_id_proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_move")),
    )
    with op.batch_alter_table("proposal_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_move_proposal_id"), ["proposal_id"], unique=False)

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("region_code", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("reference", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("is_private", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_event_region_code"), ["region_code"], unique=False)
        batch_op.create_unique_constraint("uq_event_edition_id_reference", ["edition_id", "reference"])
        batch_op.create_check_constraint(
            batch_op.f("ck_event_private_is_not_published"), "NOT (is_private AND is_published)"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_event_region_code_region"), "region", ["region_code"], ["code"]
        )

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uid", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "state",
                sa.Enum(
                    "a_planifier",
                    "planifiee",
                    "reportee",
                    "annulee",
                    "tenue",
                    name="eventstate",
                    native_enum=False,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column("state_reason", sa.String(length=300), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("postponed_from_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("postponed_from_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_session_uid"), ["uid"])


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_session_uid"), type_="unique")
        batch_op.drop_column("updated_at")
        batch_op.drop_column("sequence")
        batch_op.drop_column("postponed_from_at")
        batch_op.drop_column("postponed_from_on")
        batch_op.drop_column("state_reason")
        batch_op.drop_column("state")
        batch_op.drop_column("ends_on")
        batch_op.drop_column("uid")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_region_code_region"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_event_private_is_not_published"), type_="check")
        batch_op.drop_constraint("uq_event_edition_id_reference", type_="unique")
        batch_op.drop_index(batch_op.f("ix_event_region_code"))
        batch_op.drop_column("is_private")
        batch_op.drop_column("reference")
        batch_op.drop_column("region_code")

    with op.batch_alter_table("proposal_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_move_proposal_id"))

    op.drop_table("proposal_move")
    with op.batch_alter_table("event_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_move_event_id"))
        batch_op.drop_index(batch_op.f("ix_event_move_batch"))

    op.drop_table("event_move")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_territory_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_submitted_at"))
        batch_op.drop_index(batch_op.f("ix_proposal_state"))
        batch_op.drop_index(batch_op.f("ix_proposal_region_code"))
        batch_op.drop_index(batch_op.f("ix_proposal_picture_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_organizer_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_email"))
        batch_op.drop_index(batch_op.f("ix_proposal_edition_id"))

    op.drop_table("proposal")
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follower_event_id"))
        batch_op.drop_index(batch_op.f("ix_follower_email"))

    op.drop_table("follower")
    with op.batch_alter_table("event_details", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_details_picture_id"))
        batch_op.drop_index(batch_op.f("ix_event_details_organizer_id"))

    op.drop_table("event_details")
    with op.batch_alter_table("personal_feed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_personal_feed_user_id"))
        batch_op.drop_index(batch_op.f("ix_personal_feed_territory_id"))

    op.drop_table("personal_feed")
    with op.batch_alter_table("organizer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organizer_email"))

    op.drop_table("organizer")
    with op.batch_alter_table("activity_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_import_user_id"))
        batch_op.drop_index(batch_op.f("ix_activity_import_state"))
        batch_op.drop_index(batch_op.f("ix_activity_import_edition_id"))

    op.drop_table("activity_import")
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_picture_key"))

    op.drop_table("picture")
