"""Which addresses are of people and town halls that took part, and until when."""

from __future__ import annotations

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.participations.models import Participation
from campaign.participations.states import COUNTED
from campaign.territory.models import Territory


def select_relations() -> sa.Subquery:
    """One row for each address and edition (`email`, `year`, `until`, the last day of its week).

    The person who answered, the second one, and the town hall's own mailbox: the municipality took part,
    whoever held the pen.
    """
    held = (Participation.state.in_(COUNTED), Edition.end_on.is_not(None))
    told = (Edition.year.label("year"), Edition.end_on.label("until"))
    people = (
        sa.select(Contact.email.label("email"), *told)
        .select_from(Participation)
        .join(Edition, Edition.id == Participation.edition_id)
        .join(Contact, Contact.id.in_([Participation.contact_id, Participation.second_contact_id]))
        .where(Contact.email != "", *held)
    )
    town_halls = (
        sa.select(sa.func.lower(Territory.email).label("email"), *told)
        .select_from(Participation)
        .join(Edition, Edition.id == Participation.edition_id)
        .join(Territory, Territory.id == Participation.territory_id)
        .where(Territory.email != "", *held)
    )
    return sa.union(people, town_halls).subquery("relation")
