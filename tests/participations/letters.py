"""The letters that wait in the outbox, as their reader sees them."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from campaign.db import db
from campaign.outbox.models import Message


def letters(app: Flask) -> Sequence[Message]:
    """All of them, in the order in which they were written, with what is attached."""
    with app.app_context():
        return db.session.scalars(
            sa.select(Message).options(selectinload(Message.attachments)).order_by(Message.id)
        ).all()


def address_in(letter: Message, part: str) -> str:
    """The path of the only address of the letter's text that holds these words."""
    found = re.findall(rf"http://localhost(\S*{re.escape(part)}\S*)", letter.text)
    assert len(found) == 1, found
    return str(found[0])
