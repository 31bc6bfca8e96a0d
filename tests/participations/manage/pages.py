"""The team's pages about one participation, and what they leave behind."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from campaign.campaigns.queries import current_edition
from campaign.db import db, transaction
from campaign.outbox.models import Message
from campaign.participations import services
from campaign.participations.models import Channel, Participation, ParticipationMove, Track
from campaign.territory.models import Territory
from campaign.territory.queries import get_territory
from tests.pages import Client, Page

FORM = "main form[method=post]"


def page_of(geo_code: str, action: str) -> str:
    """The address where the team does that to the municipality."""
    return f"/gestion/municipalites/{geo_code}/{action}"


def ask(client: Client, geo_code: str, words: str, /, **values: str) -> Page:
    """Follow that action from the file, answer, and come back to the file."""
    file = client.visit(f"/gestion/municipalites/{geo_code}")
    return client.submit(client.visit(file.link(words)), FORM, **values)


def stored(app: Flask, geo_code: str) -> Participation:
    """The participation as the database has it now."""
    with app.app_context():
        found = services.find_participation(current_edition().id, get_territory(geo_code).id)
        assert found is not None
        db.session.expunge_all()
        return found


def last_move(app: Flask, geo_code: str, track: Track = Track.STATE) -> tuple[str, str, str, Channel, str]:
    """What was recorded last on that track: before, after, author, channel, reason."""
    with app.app_context():
        move = db.session.scalars(
            sa.select(ParticipationMove)
            .join(Participation, Participation.id == ParticipationMove.participation_id)
            .join(Territory, Territory.id == Participation.territory_id)
            .where(Territory.geo_code == geo_code, ParticipationMove.track == track)
            .order_by(ParticipationMove.id.desc())
        ).first()
        assert move is not None
        return move.before, move.after, move.author, move.channel, move.reason


def letters_about(app: Flask, geo_code: str) -> list[str]:
    """The templates of the letters written about the municipality, in order."""
    with app.app_context():
        return list(
            db.session.scalars(
                sa.select(Message.template).where(Message.regarding == geo_code).order_by(Message.id)
            )
        )


def in_transaction(app: Flask, act: Callable[[], object]) -> None:
    """Somebody else does that meanwhile."""
    with app.app_context(), transaction():
        act()
