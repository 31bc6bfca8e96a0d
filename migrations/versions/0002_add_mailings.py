"""Add mailings, their ledger and the consents"""

import sqlalchemy as sa
from alembic import op

revision = "0002_add_mailings"
down_revision = "0001_create_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "domain_examination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column(
            "transport",
            sa.Enum("console", "smtp", "sendgrid", name="mailtransport", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_examination")),
    )
    with op.batch_alter_table("domain_examination", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_domain_examination_examined_at"), ["examined_at"], unique=False)

    op.create_table(
        "hold",
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_hold")),
    )
    op.create_table(
        "stencil",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stencil")),
    )
    op.create_table(
        "unsubscribe_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("campaign", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_unsubscribe_link")),
    )
    with op.batch_alter_table("unsubscribe_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unsubscribe_link_email"), ["email"], unique=False)

    op.create_table(
        "unsubscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("campagne", "organisme", "tout", name="scope", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("campaign", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsubscription")),
        sa.UniqueConstraint("email", "scope", "campaign", name="uq_unsubscription_once"),
    )
    with op.batch_alter_table("unsubscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unsubscription_email"), ["email"], unique=False)

    op.create_table(
        "mailing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("mailing_class", sa.String(length=20), nullable=False),
        sa.Column(
            "nature",
            sa.Enum("service", "information", "commercial", name="nature", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("groups_by_address", sa.Boolean(), nullable=False),
        sa.Column("signed_by_coordinator", sa.Boolean(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "brouillon",
                "planifie",
                "en_cours",
                "en_pause",
                "en_attente",
                "termine",
                "annule",
                name="mailingstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(length=300), nullable=False),
        sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheduled_by", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_bounces", sa.Integer(), nullable=False),
        sa.Column("accepted_complaints", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_mailing_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("edition_id", "key", name="uq_mailing_edition_key"),
    )
    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailing_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailing_state"), ["state"], unique=False)

    op.create_table(
        "mailing_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("preheader", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_text_mailing_id_mailing")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_text")),
    )
    with op.batch_alter_table("mailing_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailing_text_mailing_id"), ["mailing_id"], unique=False)

    op.create_table(
        "provider_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message_pk", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_pk"],
            ["message.id"],
            name=op.f("fk_provider_event_message_pk_message"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_event")),
        sa.UniqueConstraint("event_key", name=op.f("uq_provider_event_event_key")),
    )
    with op.batch_alter_table("provider_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_event_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_provider_event_message_pk"), ["message_pk"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum("campagne", "infolettre", "commercial", name="purpose", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "consentement",
                "membre",
                "participante",
                "adresse_publiee",
                name="basis",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("form", sa.String(length=120), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column(
            "language",
            sa.Enum("francais", "francais_et_anglais", name="language", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_consent_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_email"), ["email"], unique=False)

    op.create_table(
        "contact_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column(
            "change",
            sa.Enum(
                "ajoute",
                "corrige",
                "parti",
                "revenu",
                "ne_pas_solliciter",
                "peut_etre_solliciter",
                "importe",
                "desabonne",
                "reabonne",
                name="change",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_move_contact_id_contact"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_move")),
    )
    with op.batch_alter_table("contact_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_move_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_move_email"), ["email"], unique=False)

    op.create_table(
        "recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("incluse", "exclue", name="decision", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_recipient_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_recipient_mailing_id_mailing")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_recipient_message_id_message"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("mailing_id", "key", name="uq_recipient_mailing_key"),
    )
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recipient_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recipient_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_recipient_message_id"), ["message_id"], unique=False)

    op.create_table(
        "recipient_territory",
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
            name=op.f("fk_recipient_territory_recipient_id_recipient"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_recipient_territory_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("recipient_id", "territory_id", name=op.f("pk_recipient_territory")),
    )
    with op.batch_alter_table("recipient_territory", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recipient_territory_territory_id"), ["territory_id"], unique=False
        )

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum(
                    "municipal",
                    "organisme",
                    "abonne",
                    "media",
                    "partenaire",
                    name="contactkind",
                    native_enum=False,
                    length=40,
                ),
                nullable=False,
                server_default="municipal",
            )
        )
        batch_op.add_column(sa.Column("region_code", sa.String(length=2), nullable=True))
        batch_op.add_column(
            sa.Column("organization", sa.String(length=160), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("source", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("do_not_solicit", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.alter_column("territory_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_contact_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_region_code"), ["region_code"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_contact_region_code_region"), "region", ["region_code"], ["code"]
        )

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stencil_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("values", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(
            sa.Column(
                "stream",
                sa.Enum("service", "sollicitation", name="stream", native_enum=False, length=40),
                nullable=False,
                server_default="service",
            )
        )
        batch_op.add_column(sa.Column("campaign", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("batch", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("to_domain", sa.String(length=254), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("leased_by", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_message_batch"), ["batch"], unique=False)
        batch_op.create_index("ix_message_due", ["state", "not_before", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_sent_at"), ["sent_at"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_message_stencil_id_stencil"), "stencil", ["stencil_id"], ["id"]
        )


def downgrade() -> None:
    # Contacts without a territory had no place before.
    op.execute("DELETE FROM contact WHERE territory_id IS NULL")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_message_stencil_id_stencil"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_message_sent_at"))
        batch_op.drop_index("ix_message_due")
        batch_op.drop_index(batch_op.f("ix_message_batch"))
        batch_op.drop_column("settled_at")
        batch_op.drop_column("leased_by")
        batch_op.drop_column("to_domain")
        batch_op.drop_column("batch")
        batch_op.drop_column("campaign")
        batch_op.drop_column("stream")
        batch_op.drop_column("values")
        batch_op.drop_column("stencil_id")

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_contact_region_code_region"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_contact_region_code"))
        batch_op.drop_index(batch_op.f("ix_contact_kind"))
        batch_op.alter_column("territory_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("do_not_solicit")
        batch_op.drop_column("source")
        batch_op.drop_column("organization")
        batch_op.drop_column("region_code")
        batch_op.drop_column("kind")

    with op.batch_alter_table("recipient_territory", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recipient_territory_territory_id"))

    op.drop_table("recipient_territory")
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recipient_message_id"))
        batch_op.drop_index(batch_op.f("ix_recipient_email"))
        batch_op.drop_index(batch_op.f("ix_recipient_contact_id"))

    op.drop_table("recipient")
    with op.batch_alter_table("contact_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_move_email"))
        batch_op.drop_index(batch_op.f("ix_contact_move_contact_id"))

    op.drop_table("contact_move")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_email"))
        batch_op.drop_index(batch_op.f("ix_consent_contact_id"))

    op.drop_table("consent")
    with op.batch_alter_table("provider_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_event_message_pk"))
        batch_op.drop_index(batch_op.f("ix_provider_event_email"))

    op.drop_table("provider_event")
    with op.batch_alter_table("mailing_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailing_text_mailing_id"))

    op.drop_table("mailing_text")
    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailing_state"))
        batch_op.drop_index(batch_op.f("ix_mailing_edition_id"))

    op.drop_table("mailing")
    with op.batch_alter_table("unsubscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unsubscription_email"))

    op.drop_table("unsubscription")
    with op.batch_alter_table("unsubscribe_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unsubscribe_link_email"))

    op.drop_table("unsubscribe_link")
    op.drop_table("stencil")
    op.drop_table("hold")
    with op.batch_alter_table("domain_examination", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_domain_examination_examined_at"))

    op.drop_table("domain_examination")
