"""What is put on schedule says who writes, and leaves time to change one's mind."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.errors import Conflict
from campaign.mailings import queries, services
from campaign.mailings.models import MailingState
from tests import builders
from tests.mailings.departing import BEFORE, run
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


@pytest.mark.parametrize(
    ("name", "postal_address", "contact"),
    [
        ("", "1, rue A", "a@exemple.quebec"),
        ("Collectif", "", "a@exemple.quebec"),
        ("Collectif", "1, rue A", ""),
    ],
)
def test_a_sender_who_does_not_say_who_they_are_schedules_nothing(
    edition: Edition, name: str, postal_address: str, contact: str
) -> None:
    campaigns.set_organization(name, postal_address=postal_address, contact=contact)

    with pytest.raises(Conflict, match="Il manque"):
        services.schedule(queries.get_mailing(edition, "invitation"), edition, author="Jeanne", now=BEFORE)


def test_ten_minutes_are_left_when_it_is_scheduled_at_the_last_moment(
    session: Session, edition: Edition
) -> None:
    mailing = queries.get_mailing(edition, "merci")
    builders.confirm("93022")
    moment = datetime(2027, 11, 15, 21, tzinfo=UTC)
    services.schedule(mailing, edition, author="Jeanne", now=moment + timedelta(minutes=2))

    assert run(mailing, moment + timedelta(minutes=11)) == 0
    services.unschedule(mailing, now=moment + timedelta(minutes=11))
    assert mailing.state is MailingState.DRAFT
