"""Create the tables of the first rooms"""

import sqlalchemy as sa
from alembic import op

revision = "0001_create_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("flag_on", sa.Date(), nullable=True),
        sa.Column("theme", sa.String(length=200), nullable=False),
        sa.Column("published_figure", sa.String(length=80), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("end_on IS NULL OR end_on >= start_on", name=op.f("ck_edition_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("number", name=op.f("uq_edition_number")),
        sa.UniqueConstraint("year", name=op.f("uq_edition_year")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("to_email", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=True),
        sa.Column("regarding", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "en_file",
                "en_cours",
                "envoye",
                "livre",
                "rejete",
                "plainte",
                "echoue",
                "retenu",
                "incertain",
                name="messagestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_not_before"), ["not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_regarding"), ["regarding"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_to_email"), ["to_email"], unique=False)

    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_name", sa.String(length=120), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("postal_address", sa.String(length=300), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("privacy_officer", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_table(
        "revision",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_revision")),
    )
    op.create_table(
        "suppression",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_suppression")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "organizer",
                "coordinator",
                "host",
                "viewer",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=160), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("content_id", sa.String(length=80), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_attachment_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_message_id"), ["message_id"], unique=False)

    op.create_table(
        "frozen_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=160), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("municipalities", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("resolutions", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("geo_codes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_frozen_figure_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_figure")),
    )
    with op.batch_alter_table("frozen_figure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_frozen_figure_edition_id"), ["edition_id"], unique=False)

    op.create_table(
        "mrc",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_mrc_region_code_region")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_mrc")),
    )
    with op.batch_alter_table("mrc", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mrc_region_code"), ["region_code"], unique=False)

    op.create_table(
        "sign_in_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_sign_in_token_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_token_hash")),
    )
    with op.batch_alter_table("sign_in_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "user_region",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_region_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "region_code", name=op.f("pk_user_region")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_user_session_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "territory",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("geo_code", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "municipalite",
                "arrondissement",
                "mrc",
                "nordique",
                "communaute",
                "territoire_non_organise",
                "autre",
                name="territorykind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("designation", sa.String(length=4), nullable=False),
        sa.Column("designation_name", sa.String(length=60), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("mrc_code", sa.String(length=3), nullable=True),
        sa.Column("mrc_kind", sa.String(length=3), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("mayor", sa.String(length=120), nullable=False),
        sa.Column("contact_as_of", sa.Date(), nullable=True),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("sort_key", sa.String(length=200), nullable=False),
        sa.Column("is_homonym", sa.Boolean(), nullable=False),
        sa.Column("de_form", sa.String(length=140), nullable=True),
        sa.Column("a_form", sa.String(length=140), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["mrc_code"], ["mrc.code"], name=op.f("fk_territory_mrc_code_mrc")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["territory.id"], name=op.f("fk_territory_parent_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_territory_region_code_region")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["territory.id"], name=op.f("fk_territory_successor_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory")),
        sa.UniqueConstraint("geo_code", name=op.f("uq_territory_geo_code")),
    )
    with op.batch_alter_table("territory", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_territory_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_territory_mrc_code"), ["mrc_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_territory_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_territory_region_code"), ["region_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_territory_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("extension", sa.String(length=10), nullable=False),
        sa.Column(
            "language",
            sa.Enum("francais", "francais_et_anglais", name="language", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("newsletter_consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_contact_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "lever_drapeau",
                "activite",
                "rassemblement",
                "formation",
                "rencontre",
                "lancement",
                name="eventkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("is_indoors", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column(
            "opening",
            sa.Enum("oui", "non", "invitation", name="opening", native_enum=False, length=40),
            nullable=False,
        ),
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
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(length=300), nullable=False),
        sa.Column("postponed_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_event_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_event_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_is_published"), ["is_published"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "territory_alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "secteur",
                "ancienne_municipalite",
                "ancien_nom",
                name="aliaskind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_territory_alias_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_alias")),
        sa.UniqueConstraint("name", "territory_id", name=op.f("uq_territory_alias_name_territory_id")),
    )
    with op.batch_alter_table("territory_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_territory_alias_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "participation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("territory_name", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "non_sollicitee",
                "sollicitee",
                "en_reflexion",
                "inscrite",
                "confirmee",
                "realisee",
                "annulee",
                "declinee",
                "ecartee",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "web",
                "lien_personnel",
                "courriel",
                "telephone",
                "equipe",
                "import",
                "simulation",
                name="channel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decides_on", sa.Date(), nullable=True),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("other_mode", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("lowered_on", sa.Date(), nullable=True),
        sa.Column(
            "mast",
            sa.Enum("oui", "un_seul", "inconnu", name="mast", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column(
            "children",
            sa.Enum("oui", "non", "a_confirmer", name="presence", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("children_count", sa.Integer(), nullable=True),
        sa.Column("childcare", sa.String(length=160), nullable=False),
        sa.Column("elected_name", sa.String(length=160), nullable=False),
        sa.Column("elected_role", sa.String(length=120), nullable=False),
        sa.Column(
            "plan_b",
            sa.Enum("maintenue", "reportee", "interieur", name="planb", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("plan_b_on", sa.Date(), nullable=True),
        sa.Column("plan_b_place", sa.String(length=300), nullable=False),
        sa.Column(
            "resolution_state",
            sa.Enum(
                "aucune",
                "a_l_ordre_du_jour",
                "adoptee",
                "refusee",
                name="resolutionstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("resolution_on", sa.Date(), nullable=True),
        sa.Column("resolution_number", sa.String(length=60), nullable=False),
        sa.Column(
            "kit_state",
            sa.Enum(
                "non_demandee",
                "demandee",
                "en_preparation",
                "expediee",
                "recue",
                "en_retour",
                "drapeau_deja_en_main",
                name="kitstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("kit_flags", sa.Integer(), nullable=False),
        sa.Column("kit_posters", sa.Integer(), nullable=False),
        sa.Column("kit_stickers", sa.Integer(), nullable=False),
        sa.Column("kit_blankets", sa.Integer(), nullable=False),
        sa.Column("delivery_address", sa.String(length=300), nullable=False),
        sa.Column("delivery_hours", sa.String(length=160), nullable=False),
        sa.Column("delivery_attention", sa.String(length=160), nullable=False),
        sa.Column(
            "report_state",
            sa.Enum(
                "non_attendu",
                "attendu",
                "recu",
                "relance",
                "clos_sans_bilan",
                name="reportstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("report_reminders", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("second_contact_id", sa.Integer(), nullable=True),
        sa.Column("media_may_call", sa.Boolean(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("francais", "francais_et_anglais", name="language", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("is_child_friendly", sa.Boolean(), nullable=False),
        sa.Column("notice_version", sa.String(length=20), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("source_url", sa.String(length=500), nullable=False),
        sa.Column("source_note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_participation_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_participation_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_participation_event_id_event")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["participation.id"],
            name=op.f("fk_participation_merged_into_id_participation"),
        ),
        sa.ForeignKeyConstraint(
            ["second_contact_id"], ["contact.id"], name=op.f("fk_participation_second_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_participation_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint("edition_id", "number", name="uq_participation_edition_number"),
        sa.UniqueConstraint("edition_id", "territory_id", name="uq_participation_edition_territory"),
        sa.UniqueConstraint("event_id", name=op.f("uq_participation_event_id")),
    )
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participation_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_participation_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_participation_kit_state"), ["kit_state"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_participation_resolution_state"), ["resolution_state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_participation_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_participation_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "personal_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_personal_link_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_personal_link_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_personal_link_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_link_token_hash")),
    )
    with op.batch_alter_table("personal_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_personal_link_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_session_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_starts_on"), ["starts_on"], unique=False)

    op.create_table(
        "email_verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participation.id"],
            name=op.f("fk_email_verification_participation_id_participation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_verification")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_email_verification_token_hash")),
    )
    with op.batch_alter_table("email_verification", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_email_verification_participation_id"), ["participation_id"], unique=False
        )

    op.create_table(
        "participation_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column(
            "track",
            sa.Enum(
                "etat",
                "ceremonie",
                "resolution",
                "trousse",
                "bilan",
                "fiche",
                "lien",
                "verification",
                name="track",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.String(length=200), nullable=False),
        sa.Column("after", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "web",
                "lien_personnel",
                "courriel",
                "telephone",
                "equipe",
                "import",
                "simulation",
                name="channel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participation.id"],
            name=op.f("fk_participation_move_participation_id_participation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation_move")),
    )
    with op.batch_alter_table("participation_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participation_move_moved_at"), ["moved_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_participation_move_participation_id"), ["participation_id"], unique=False
        )

    op.create_table(
        "submission_receipt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participation.id"],
            name=op.f("fk_submission_receipt_participation_id_participation"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submission_receipt")),
    )
    with op.batch_alter_table("submission_receipt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_submission_receipt_participation_id"), ["participation_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("submission_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_receipt_participation_id"))

    op.drop_table("submission_receipt")
    with op.batch_alter_table("participation_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participation_move_participation_id"))
        batch_op.drop_index(batch_op.f("ix_participation_move_moved_at"))

    op.drop_table("participation_move")
    with op.batch_alter_table("email_verification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_email_verification_participation_id"))

    op.drop_table("email_verification")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_starts_on"))
        batch_op.drop_index(batch_op.f("ix_session_event_id"))

    op.drop_table("session")
    with op.batch_alter_table("personal_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_personal_link_territory_id"))

    op.drop_table("personal_link")
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participation_territory_id"))
        batch_op.drop_index(batch_op.f("ix_participation_state"))
        batch_op.drop_index(batch_op.f("ix_participation_resolution_state"))
        batch_op.drop_index(batch_op.f("ix_participation_kit_state"))
        batch_op.drop_index(batch_op.f("ix_participation_edition_id"))
        batch_op.drop_index(batch_op.f("ix_participation_contact_id"))

    op.drop_table("participation")
    with op.batch_alter_table("territory_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_territory_alias_territory_id"))

    op.drop_table("territory_alias")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_territory_id"))
        batch_op.drop_index(batch_op.f("ix_event_state"))
        batch_op.drop_index(batch_op.f("ix_event_kind"))
        batch_op.drop_index(batch_op.f("ix_event_is_published"))
        batch_op.drop_index(batch_op.f("ix_event_edition_id"))

    op.drop_table("event")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_territory_id"))
        batch_op.drop_index(batch_op.f("ix_contact_email"))

    op.drop_table("contact")
    with op.batch_alter_table("territory", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_territory_sort_key"))
        batch_op.drop_index(batch_op.f("ix_territory_region_code"))
        batch_op.drop_index(batch_op.f("ix_territory_parent_id"))
        batch_op.drop_index(batch_op.f("ix_territory_mrc_code"))
        batch_op.drop_index(batch_op.f("ix_territory_kind"))

    op.drop_table("territory")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    op.drop_table("user_region")
    with op.batch_alter_table("sign_in_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_token_user_id"))

    op.drop_table("sign_in_token")
    with op.batch_alter_table("mrc", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mrc_region_code"))

    op.drop_table("mrc")
    with op.batch_alter_table("frozen_figure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_frozen_figure_edition_id"))

    op.drop_table("frozen_figure")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_message_id"))

    op.drop_table("attachment")
    op.drop_table("user")
    op.drop_table("suppression")
    op.drop_table("revision")
    op.drop_table("region")
    op.drop_table("organization")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_to_email"))
        batch_op.drop_index(batch_op.f("ix_message_state"))
        batch_op.drop_index(batch_op.f("ix_message_regarding"))
        batch_op.drop_index(batch_op.f("ix_message_not_before"))

    op.drop_table("message")
    op.drop_table("heartbeat")
    op.drop_table("edition")
