"""What is seen of a mailing beforehand writes nothing."""

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition
from campaign.mailings import queries, services
from campaign.mailings.models import Decision, Recipient
from campaign.outbox.models import Message
from tests import builders
from tests.mailings.departing import DEPARTURE, TOWNS
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


def test_a_preview_writes_nothing_and_adds_up(session: Session, edition: Edition) -> None:
    builders.confirm("93022")
    mailing = queries.get_mailing(edition, "invitation")

    lines = services.preview(mailing, edition, now=DEPARTURE)

    assert Counter(line.decision for line in lines) == {
        Decision.INCLUDED: len(TOWNS) - 1,
        Decision.EXCLUDED: 1,
    }
    assert session.scalars(sa.select(Recipient)).all() == []
    assert session.scalars(sa.select(Message).where(Message.batch != "")).all() == []
