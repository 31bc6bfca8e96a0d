"""The answers of a participation inside templates."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask

from campaign.events.wording import OPENINGS
from campaign.participations.models import Mode, Participation
from campaign.participations.steps import Step
from campaign.participations.words import MODES
from campaign.web.filters import full_date


def mode_words(modes: Iterable[Mode | str]) -> str:
    """« Lever du drapeau, Résolution du conseil »"""
    return ", ".join(MODES[Mode(mode)] for mode in modes)


def mode_words_of(participation: Participation) -> str:
    """The ways to take part, « Autre » in its own words."""
    words = mode_words(mode for mode in participation.modes if mode != Mode.OTHER.value)
    return ", ".join(part for part in (words, participation.other_mode) if part)


def opening_words(participation: Participation) -> str:
    """Who may come to the ceremony."""
    return OPENINGS[participation.event.opening] if participation.event is not None else ""


def step_items(steps: Iterable[Step]) -> list[dict[str, str]]:
    """The coming steps as lines of the component `timeline`."""
    return [
        {"when": full_date(step.day), "machine": step.day.isoformat(), "title": step.text} for step in steps
    ]


def init_app(app: Flask) -> None:
    """Make them filters of every template."""
    for filter_ in (mode_words, mode_words_of, opening_words, step_items):
        app.add_template_filter(filter_)
