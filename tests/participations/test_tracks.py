"""The resolution and the kit go their own way, and are recorded."""

from datetime import date

import pytest

from campaign.participations import services
from campaign.participations.models import Channel, ResolutionState, Track
from campaign.participations.services import MUNICIPALITY_BY_LINK
from tests import builders
from tests.lasting import database as database
from tests.participations.record import LATER, moves

pytestmark = pytest.mark.usefixtures("session")


def test_the_resolution_is_recorded_with_its_number() -> None:
    participation = builders.confirm()

    services.set_resolution(
        participation,
        ResolutionState.ADOPTED,
        on=date(2027, 10, 4),
        number="2027-10-145",
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert moves(participation, Track.RESOLUTION) == [
        (
            Track.RESOLUTION, "aucune", "adoptee", MUNICIPALITY_BY_LINK.name, Channel.LINK,
            "2027-10-145 2027-10-04", LATER,
        )
    ]  # fmt: skip
