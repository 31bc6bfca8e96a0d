"""What deserves a second look is said before the change is made."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from campaign.events import changes
from campaign.events.content import Sitting
from tests.builders import DAY_J
from tests.events.activities import content
from tests.events.changing import A_DAY_LATER, LATER, NBSP, known
from tests.lasting import database as database


@pytest.mark.usefixtures("session")
def test_the_same_place_at_the_same_hour_is_a_warning() -> None:
    known(content(title="Bricolage", sittings=(Sitting(day=DAY_J + timedelta(days=1), starts=time(10, 30)),)))
    event = known(content(place="bibliothèque  municipale"))

    seen = changes.preview(event, A_DAY_LATER, now=LATER)

    assert seen.warnings == (
        f"Même lieu, même heure{NBSP}: «{NBSP}Bricolage{NBSP}», "
        f"le mardi 16{NBSP}novembre{NBSP}2027 à 10{NBSP}h{NBSP}30.",
    )


@pytest.mark.usefixtures("session")
def test_outside_the_week_is_a_warning() -> None:
    seen = changes.preview(known(), replace(A_DAY_LATER, days=10), now=LATER)

    assert seen.warnings == (f"Le jeudi 25{NBSP}novembre{NBSP}2027 est en dehors de la semaine.",)
