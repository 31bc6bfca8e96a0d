"""One address, one ticket: what becomes of a form that names an address which has one to the event already.

Nobody learns from a form who comes to an event: whoever sends it reads the same page in every case, and the
truth goes by letter to that address alone.

- The same person, at the address that the form is answered at, is registered once: the letter leads to the
  registration that exists.
- Somebody else at that address (an office has one for all, a secretary registers colleagues with hers) is
  registered like anybody. A ticket has its address to itself: theirs goes to whoever filled in the form.
- A colleague who is registered already and whom the form names is registered with that form, without the
  address: refusing it, or leaving her out, would tell the sender. She is told, and may cancel one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.db import db
from campaign.registrations import letters
from campaign.registrations.answers import PersonAnswers
from campaign.registrations.models import Attendee
from campaign.territory.names import fold


def list_holders(event_id: int, people: Sequence[PersonAnswers]) -> list[Attendee]:
    """Who has a ticket to that event at one of these people's addresses, with their registrations."""
    emails = [person.email for person in people if person.email]
    found = sa.select(Attendee).where(
        Attendee.event_id == event_id, Attendee.is_active, Attendee.email.in_(emails)
    )
    return list(db.session.scalars(found.options(joinedload(Attendee.registration))))


def settle(
    people: Sequence[PersonAnswers], holders: Sequence[Attendee], *, sent_from: str, now: datetime
) -> tuple[PersonAnswers, ...]:
    """The people whom the form still registers; the holders are told. `sent_from` is the address that the
    form is answered at."""
    by_email = {holder.email: holder for holder in holders}
    kept = []
    for person in people:
        holder = by_email.get(person.email)
        if holder is None:
            kept.append(person)
            continue
        is_same = fold(f"{person.last_name} {person.first_name}") == holder.name_key
        is_own = person.email == sent_from
        if is_same or not is_own:
            letters.tell_registered_already(holder, now=now)
        if not (is_same and is_own):
            kept.append(replace(person, email=""))
    return tuple(kept)
