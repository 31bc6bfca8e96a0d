"""The team reads what waits in its regions."""

import pytest

from campaign.events import proposals
from tests import builders
from tests.events.activities import content
from tests.events.proposing import propose, submitted, waiting
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_the_team_reads_what_waits_in_its_regions() -> None:
    here = submitted()
    elsewhere = submitted(content(geo_code=builders.MONTREAL, title="Ailleurs"))
    whole_region = submitted(content(geo_code="", region_code="02", title="Toute la région"))
    everywhere = submitted(content(geo_code="", title="En ligne"))
    propose(content(title="Pas encore prouvée"))

    assert waiting("02") == [here.id, whole_region.id]
    assert waiting() == [here.id, elsewhere.id, whole_region.id, everywhere.id]
    assert [proposals.region_of(one) for one in (here, whole_region, everywhere)] == ["02", "02", None]
