"""An edition opens with its calendar, and what has not left may still be written otherwise."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.errors import Conflict
from campaign.mailings import queries, services, timeline
from campaign.mailings.audiences import Audience
from campaign.mailings.models import Mailing, MailingState, Nature
from campaign.mailings.wording import Text
from tests import builders
from tests.mailings.departing import BEFORE, DEPARTURE, TOWNS, run
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


def test_an_edition_opens_with_its_calendar_once(edition: Edition) -> None:
    before = [mailing.key for mailing in queries.list_mailings(edition)]
    services.open_calendar(edition)

    assert before == [mailing.key for mailing in queries.list_mailings(edition)]
    assert before[1:3] == ["invitation", "rappel-1"]
    assert {mailing.state for mailing in queries.list_mailings(edition)} == {MailingState.DRAFT}


def test_the_plan_follows_day_j(session: Session, edition: Edition, invitation: Mailing) -> None:
    campaigns.change_edition(edition, start_on=date(2027, 11, 22), theme="")

    moment = timeline.moment_of(invitation, edition).instant
    assert moment == datetime(2027, 8, 24, 13, tzinfo=UTC)
    assert run(invitation, DEPARTURE) == 0
    assert run(invitation, moment) == len(TOWNS)


def test_last_years_words_come_back_and_this_years_win(session: Session, edition: Edition) -> None:
    mailing = queries.get_mailing(edition, "merci")
    text = Text(subject="Merci {{de_nom}}", preheader="", body="Bravo.")
    services.write_text(mailing, text, variant="", language="fr", author="Jeanne", now=BEFORE)
    following = campaigns.open_edition(13, date(2028, 11, 13))
    again = queries.get_mailing(following, "merci")

    assert services.words_of(again, following)[""].french == text
    newer = Text(subject="Merci", preheader="", body="Encore bravo.")
    services.write_text(again, newer, variant="", language="fr", author="Jeanne", now=BEFORE)
    assert services.words_of(again, following)[""].french == newer
    assert services.words_of(mailing, edition)[""].french == text


def test_once_it_leaves_its_words_and_audience_do_not_change(session: Session, invitation: Mailing) -> None:
    run(invitation)

    with pytest.raises(Conflict, match="ne changent plus"):
        services.write_text(
            invitation,
            Text(subject="Autre", preheader="", body="Autre"),
            variant="de-retour",
            language="fr",
            author="Jeanne",
            now=DEPARTURE,
        )
    with pytest.raises(Conflict, match="ne changent plus"):
        services.change_plan(
            invitation,
            rule=services.brief_of(invitation, builders.edition()).rule,
            audience=Audience(),
            nature=Nature.INFORMATIONAL,
            groups_by_address=True,
            signed_by_coordinator=False,
            now=DEPARTURE,
        )
