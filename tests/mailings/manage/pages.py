"""Where the team reads its mailings, and what the database then holds."""

import sqlalchemy as sa
from flask import Flask

from campaign.campaigns.queries import current_edition
from campaign.db import db
from campaign.mailings import queries
from campaign.mailings.models import MailingState
from campaign.outbox.models import Message, MessageState
from campaign.outbox.queries import list_holds

ENVOIS = "/gestion/envois"
INVITATION = f"{ENVOIS}/invitation"


def state_of(app: Flask, key: str = "invitation") -> MailingState:
    """Where that mailing stands."""
    with app.app_context():
        return queries.get_mailing(current_edition(), key).state


def holds(app: Flask) -> list[tuple[str, str, str]]:
    """What is held: the batch, by whom, why."""
    with app.app_context():
        return [(hold.batch, hold.author, hold.reason) for hold in list_holds()]


def messages(app: Flask) -> dict[str, MessageState]:
    """The state of each letter of a mailing, by address."""
    with app.app_context():
        rows = db.session.execute(sa.select(Message.to_email, Message.state).where(Message.batch != ""))
        return dict(rows.all())
