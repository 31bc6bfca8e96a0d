"""Another place keeps the hour on the clocks there, and may be an address."""

from datetime import UTC, datetime

import pytest

from campaign.events import changes
from campaign.events.changes import Change
from campaign.events.models import EventAction
from campaign.events.vocabulary import Format
from tests import builders
from tests.events.changing import LATER, STORM, apply, known
from tests.lasting import database as database


@pytest.mark.usefixtures("session")
def test_another_municipality_keeps_the_hour_on_the_clocks_there() -> None:
    event = known()
    change = Change(
        action=EventAction.MOVE,
        geo_code=builders.SAINT_AUGUSTIN_OF_THE_COAST,
        place="Salle communautaire",
        reason="Dégât d’eau.",
    )

    seen = changes.preview(event, change, now=LATER)
    done = apply(event, change)

    assert done.effects == seen
    assert event.time_zone == "America/Blanc-Sablon"
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 14, tzinfo=UTC)
    assert seen.dates[0].after.endswith("heure normale de l’Atlantique, Salle communautaire")


@pytest.mark.usefixtures("session")
def test_put_online_it_says_so_and_may_be_brought_back() -> None:
    event = known()
    change = Change(action=EventAction.PUT_ONLINE, online_url="https://exemple.quebec/direct", reason=STORM)

    seen = apply(event, change).effects

    assert event.details is not None
    assert (event.details.format, event.place) == (Format.ONLINE, "")
    assert seen.dates[0].after.endswith(", En ligne")
    assert seen.dates[0].entry is not None
    assert seen.dates[0].entry.conference == "https://exemple.quebec/direct"
    apply(event, Change(action=EventAction.MOVE, place="Gymnase"))
    assert (event.details.format, event.details.online_url, event.place) == (Format.IN_PERSON, "", "Gymnase")
