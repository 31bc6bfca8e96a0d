"""Whoever asked to be told of changes receives one letter, and nobody else does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.events import changes
from campaign.events.announcing import Post
from campaign.events.changes import Change, Done
from campaign.outbox.models import Attachment, Message, Stencil
from tests.builders import DAY_J
from tests.events.activities import content
from tests.events.changing import A_DAY_LATER, CANCELLED, LATER, NBSP, THREE_DAYS, apply, follow, known
from tests.lasting import database as database


def letters() -> list[tuple[str, str]]:
    found = db.session.execute(sa.select(Message.to_email, Message.subject).order_by(Message.id))
    return [(row.to_email, row.subject) for row in found]


def tell(done: Done, change: Change, **options: Any) -> int:
    post = Post(**options)
    post.announce(done, changes.read_around([done.event]), tells=change.tell)
    return post.send(now=LATER)


@pytest.mark.usefixtures("session")
def test_who_asked_is_told_once_and_who_never_confirmed_is_not() -> None:
    event = known()
    follow(event, "ana@exemple.quebec")
    follow(event, "bo@exemple.quebec", is_verified=False)
    done = apply(event, A_DAY_LATER)

    assert (tell(done, A_DAY_LATER), tell(done, A_DAY_LATER)) == (1, 0)

    assert done.effects.followers == 1
    assert letters() == [
        ("ana@exemple.quebec", f"Reportée au 16{NBSP}novembre{NBSP}: Heure du conte en pyjama")
    ]
    message = db.session.scalars(sa.select(Message)).one()
    text = db.session.get_one(Stencil, message.stencil_id).text
    assert f"Avant{NBSP}: lundi 15{NBSP}novembre" in text
    assert f"Maintenant{NBSP}: mardi 16{NBSP}novembre" in text
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = message.values[f"lien_{event.id}"]
    assert stop.startswith("http://localhost/suivi/")
    assert message.headers["List-Unsubscribe"] == f"<{stop}>"
    calendar = db.session.scalars(sa.select(Attachment.data)).one().decode()
    assert "METHOD:PUBLISH" in calendar
    assert f"UID:{event.uid}" in calendar
    assert "DTSTART;TZID=America/Toronto:20271116T100000" in calendar


@pytest.mark.usefixtures("session")
def test_each_change_of_many_dates_has_its_letter() -> None:
    many = tuple(replace(THREE_DAYS[0], day=DAY_J + timedelta(days=number)) for number in range(35))
    event = known(content(sittings=many))
    follow(event, "ana@exemple.quebec")
    for row in event.sessions[-2:]:
        change = replace(CANCELLED, sitting_ids=frozenset({row.id}))
        tell(apply(event, change), change)

    assert len(letters()) == 2


@pytest.mark.usefixtures("session")
def test_several_events_of_one_batch_make_one_letter() -> None:
    first, second = known(), known(content(title="Marche des lutins"))
    post = Post("lot")
    for event in (first, second):
        follow(event, "ana@exemple.quebec")
    follow(second, "bo@exemple.quebec")
    for event in (first, second):
        done = apply(event, CANCELLED, batch="lot")
        post.announce(done, changes.read_around([event]), tells=True)

    post.send(now=LATER)

    assert letters() == [
        (
            "ana@exemple.quebec",
            f"2{NBSP}activités changent{NBSP}: Heure du conte en pyjama, Marche des lutins",
        ),
        ("bo@exemple.quebec", f"Annulée{NBSP}: Marche des lutins"),
    ]


@pytest.mark.usefixtures("session")
def test_nobody_is_told_when_nobody_is_to_be() -> None:
    event = known()
    follow(event, "ana@exemple.quebec")
    silent = replace(A_DAY_LATER, tell=False)

    done = apply(event, silent)

    assert (done.effects.letters, tell(done, silent)) == (0, 0)
    assert letters() == []
