"""What the public reads of a municipality's plan B, and what it must not read."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from campaign.events.models import Opening
from campaign.participations.details import ParticipationDetails
from campaign.participations.models import Mode, PlanB

CEREMONY = ParticipationDetails(modes=(Mode.FLAG,), flag_on=date(2027, 11, 15), place="Hôtel de ville")


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        (CEREMONY, ""),
        (replace(CEREMONY, plan_b=PlanB.MAINTAINED), "En cas de mauvais temps, la cérémonie est maintenue."),
        (
            replace(CEREMONY, plan_b=PlanB.POSTPONED, plan_b_on=date(2027, 11, 16)),
            "En cas de mauvais temps, elle est reportée au mardi 16\u00a0novembre\u00a02027.",
        ),
        (
            replace(CEREMONY, plan_b=PlanB.INDOORS, plan_b_place="Gymnase"),
            "En cas de mauvais temps, elle a lieu à l’intérieur\u00a0: Gymnase.",
        ),
        (
            replace(CEREMONY, plan_b=PlanB.INDOORS),
            "En cas de mauvais temps, elle a lieu à l’intérieur.",
        ),
    ],
)
def test_the_plan_b_is_told_in_one_sentence(app: Flask, details: ParticipationDetails, sentence: str) -> None:
    with app.app_context():
        assert details.bad_weather == sentence


def test_a_closed_ceremony_tells_nobody_where_it_moves(app: Flask) -> None:
    indoors = replace(CEREMONY, plan_b=PlanB.INDOORS, plan_b_place="Salle du conseil")

    with app.app_context():
        told = [
            replace(indoors, opening=opening).bad_weather
            for opening in (Opening.PUBLIC, Opening.CLOSED, Opening.INVITATION)
        ]

    assert [bool(sentence) for sentence in told] == [True, False, True]
