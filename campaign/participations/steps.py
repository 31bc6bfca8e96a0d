"""What comes next for a municipality, and when: told at each confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from campaign.campaigns.models import Edition
from campaign.i18n import _
from campaign.participations.models import Participation, ResolutionState


@dataclass(frozen=True, kw_only=True)
class Step:
    """One coming step, in a sentence."""

    day: date
    text: str


def coming_steps(participation: Participation, edition: Edition, *, today: date) -> tuple[Step, ...]:
    """The steps still ahead, the nearest first."""
    steps = []
    if participation.resolution_state is ResolutionState.ON_AGENDA and participation.resolution_on:
        steps.append(
            Step(
                day=participation.resolution_on,
                text=_("Séance du conseil : inscrivez ensuite le numéro de la résolution."),
            )
        )
    day = _ceremony_day(participation) or edition.flag_on
    if day is not None:
        steps += [
            Step(
                day=day - timedelta(days=7),
                text=_("Nous vous écrirons le déroulement proposé : allocution, ordre des drapeaux, photos."),
            ),
            Step(
                day=day - timedelta(days=1),
                text=_("Un court rappel, avec le lien pour reporter ou annuler en cas de mauvais temps."),
            ),
            Step(day=day, text=_("Le jour du lever.") if participation.raises_flag else _("Le grand jour.")),
            Step(
                day=day + timedelta(days=7),
                text=_("Un bilan de trois questions, qui vous donne l’attestation de participation."),
            ),
        ]
    return tuple(sorted((step for step in steps if step.day >= today), key=lambda step: step.day))


def _ceremony_day(participation: Participation) -> date | None:
    event = participation.event
    return event.sessions[0].starts_on if event is not None and event.sessions else None
