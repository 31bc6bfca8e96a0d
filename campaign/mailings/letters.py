"""What a mailing says to one person: the values of its holes, and the stencils that its letters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape

from markupsafe import Markup

from campaign import clock
from campaign.campaigns.holidays import municipal_election_on
from campaign.campaigns.models import Edition, Organization
from campaign.campaigns.week import week_of
from campaign.contacts.models import Language
from campaign.db import key_of
from campaign.mailings import markup, placeholders, wording
from campaign.mailings.audiences import UNASKED, Case, Ceremony, Place
from campaign.mailings.schedule import MailingClass, Rule, due_at
from campaign.mailings.wording import Text
from campaign.outbox import rendering
from campaign.outbox import services as outbox
from campaign.participations.figures import Figures
from campaign.participations.models import State
from campaign.territory import grammar
from campaign.web.filters import (
    NBSP,
    as_of,
    capitalize_first,
    date_range,
    full_date,
    local_hour,
    long_date,
    number,
    ordinal,
)

LEAVE = "desabonnement"
"""The hole of the unsubscribe link; the template of the letter has it, never the organizer's text."""

LANGUAGES: tuple[markup.Language, ...] = ("fr", "en")
"""French first, always."""

CAPITAL = "_capitale"
"""Ends the stencil’s name of a hole that the text writes with a capital: `{{La_municipalite}}`."""

KIT_RULE = Rule(days=-35)
"""The last day to order a kit (calendar, line 9): the « date limite » of all letters."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all letters of a mailing share: the edition, who writes, the figure of the moment."""

    edition: Edition
    organization: Organization
    figures: Figures
    mailing_class: MailingClass
    coordinators: Mapping[str, str] = field(default_factory=dict)
    """Who signs for each region, by its code; empty when the organization signs."""

    def constants(self, region_code: str | None = None) -> dict[str, str]:
        """The values that do not depend on the recipient, but for the signature of a region."""
        edition = self.edition
        next_week = week_of(edition.year + 1)
        return {
            "date_limite": long_date(self._kit_deadline()),
            "edition": f"{ordinal(edition.number)} édition",
            "campagne": self.organization.campaign_name,
            "theme": edition.theme,
            "semaine": date_range(edition.start_on, edition.end_on),
            "jour_j": full_date(edition.flag_on),
            "chiffre": self._figure(),
            "carte": rendering.public_link("public.participants"),
            "calendrier": rendering.public_link("agenda.calendar"),
            "proposer": rendering.public_link("agenda.calendar"),
            "reponse": rendering.public_link("public.home"),
            "gestion": rendering.public_link("board.home"),
            "evenement_officiel": "",
            "elu": self._speaker(),
            "note_election": self._election_note(),
            "suivi": "",
            "prochaine_edition": date_range(next_week.start_on, next_week.end_on),
            "signature": self._signature(region_code),
            "organisme": self.organization.name,
        }

    def _kit_deadline(self) -> date | None:
        if self.edition.flag_on is None:
            return None
        due = due_at(
            KIT_RULE, MailingClass.SOLICITATION, anchor_day=self.edition.flag_on, zone_name=clock.EASTERN
        )
        return clock.today(due.instant)

    def _figure(self) -> str:
        count = self.figures.municipalities
        noun = "municipalités" if count > 1 else "municipalité"
        counted = f"{number(count)}{NBSP}{noun}" if count else "aucune municipalité pour le moment"
        return f"{counted}, {as_of(self.figures.as_of)}"

    def _speaker(self) -> str:
        if self._election() is None:
            return "la mairesse ou le maire"
        return "la personne élue ou son représentant"

    def _election_note(self) -> str:
        election_on = self._election()
        if election_on is None:
            return ""
        return f"Les élections municipales ont lieu le {long_date(election_on)}."

    def _election(self) -> date | None:
        return municipal_election_on(self.edition.year)

    def _signature(self, region_code: str | None) -> str:
        person = self.coordinators.get(region_code or "", "")
        if person:
            return f"{person}\nCoordination régionale, {self.organization.name}"
        return self.organization.name


def personal_values(case: Case, *, link: str, past: Ceremony | None) -> dict[str, str]:
    """The values of one case. Without a territory, what names one is empty."""
    place = case.place
    return {
        "prenom": case.first_name,
        "salutation": f"Bonjour {case.first_name}," if case.first_name else "Bonjour,",
        "lien": link,
        "ceremonie_passee": _past_sentence(place, past),
        "ceremonie": _ceremony_words(case),
        "seance": full_date(case.answers.resolution_on or case.answers.decides_on),
        **(_place_values(place) if place else dict.fromkeys((*placeholders.NAMES, "mrc", "region"), "")),
    }


def _place_values(place: Place) -> dict[str, str]:
    legal = (place.designation_name, place.name, place.de_form)
    return {
        "la_municipalite": grammar.legal_name_with_article(*legal),
        "de_la_municipalite": grammar.legal_name_with_de(*legal),
        "nom": place.name,
        "de_nom": grammar.with_de(place.name, place.de_form),
        "a_nom": grammar.with_a(place.name, place.a_form),
        "mrc": place.mrc_name,
        "region": place.region_name,
    }


def _past_sentence(place: Place | None, past: Ceremony | None) -> str:
    """« L’an dernier, le drapeau s’est levé à Hébertville le 16 novembre 2026, à 10 h. »"""
    if place is None or past is None or past.day is None:
        return ""
    hour = f", à {local_hour(past.starts_at, past.time_zone)}" if past.starts_at else ""
    where = grammar.with_a(place.name, place.a_form)
    return f"L’an dernier, le drapeau s’est levé {where} le {long_date(past.day)}{hour}."


def _ceremony_words(case: Case) -> str:
    """« le lundi 15 novembre 2027, à 10 h, hôtel de ville », or nothing while its day is not known."""
    answers = case.answers
    if answers.ceremony_on is None or answers.state is State.CANCELLED:
        return ""
    parts = [f"le {full_date(answers.ceremony_on)}"]
    if answers.ceremony_at is not None:
        parts.append(f"à {local_hour(answers.ceremony_at, case.zone)}")
    if answers.ceremony_place:
        parts.append(answers.ceremony_place)
    return ", ".join(parts)


# --- one letter -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a mailing says in a variant: in French, and below in English for those who asked."""

    french: Text
    english: Text | None = None

    def holes(self) -> set[str]:
        return self.french.holes() | (self.english.holes() if self.english else set())


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A letter ready to queue: the stencil that it shares, and what fills it."""

    subject: str
    stencil_id: int
    values: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A letter as its reader would see it, for previews and trials."""

    subject: str
    preheader: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class _Pattern:
    """Subject, text and HTML of which only what differs from a recipient to the next is left to fill."""

    subject: str
    preheader: str
    text: str
    html: str


class Desk:
    """Writes the letters of a mailing; makes a stencil the first time that its shape is needed."""

    def __init__(self, setting: Setting, *, now: datetime) -> None:
        self.setting = setting
        self.now = now
        self._patterns: dict[object, _Pattern] = {}
        self._stencils: dict[object, int] = {}

    def compose(
        self, words: Words, members: Sequence[Mapping[str, str]], reader: Case, leave: str
    ) -> Composed:
        """The letter of a person who answers for these members. `leave` is the unsubscribe address."""
        shape, pattern, values = self._prepare(words, members, reader, leave)
        if shape not in self._stencils:
            stencil = outbox.new_stencil(
                subject=pattern.subject, text=pattern.text, html=pattern.html, now=self.now
            )
            self._stencils[shape] = key_of(stencil)
        used = placeholders.holes(pattern.text) | placeholders.holes(pattern.html)
        return Composed(
            subject=placeholders.one_line(placeholders.fill(pattern.subject, values)),
            stencil_id=self._stencils[shape],
            values={name: values[name] for name in used},
        )

    def show(self, words: Words, members: Sequence[Mapping[str, str]], reader: Case, leave: str) -> Shown:
        """The same letter, its holes filled, without keeping anything."""
        _, pattern, values = self._prepare(words, members, reader, leave)
        return Shown(
            subject=placeholders.one_line(placeholders.fill(pattern.subject, values)),
            preheader=placeholders.one_line(placeholders.fill(pattern.preheader, values)),
            text=placeholders.fill(pattern.text, values),
            html=placeholders.fill(pattern.html, values, escape=escape),
        )

    def _prepare(
        self, words: Words, members: Sequence[Mapping[str, str]], reader: Case, leave: str
    ) -> tuple[object, _Pattern, dict[str, str]]:
        is_bilingual = words.english is not None and reader.language is Language.FRENCH_AND_ENGLISH
        texts = (words.french, words.english) if is_bilingual else (words.french,)
        region = reader.place.region_code if reader.place else None
        signs_for = region if region in self.setting.coordinators else None
        values: dict[str, str] = {}
        gathered = []
        for text, language in zip(texts, LANGUAGES, strict=False):
            if text is not None:
                one, its_values = wording.grouped(text, members, language=language)
                gathered.append(one)
                values = its_values | values
        empty = frozenset(name for name, value in values.items() if not value)
        shape = (tuple(gathered), signs_for, empty)
        if shape not in self._patterns:
            self._patterns[shape] = self._pattern(gathered, values, signs_for)
        capitals = {f"{name}{CAPITAL}": capitalize_first(value) for name, value in values.items()}
        return shape, self._patterns[shape], {**values, **capitals, LEAVE: leave}

    def _pattern(self, texts: Sequence[Text], values: Mapping[str, str], region: str | None) -> _Pattern:
        """The words with all that is common filled in; each hole that stays has one spelling."""
        filling = self.setting.constants(region)
        for name, value in values.items():
            filling[name] = f"{{{{{name}}}}}" if value else ""
            filling[capitalize_first(name)] = f"{{{{{name}{CAPITAL}}}}}" if value else ""
        french = texts[0]
        subject = placeholders.one_line(placeholders.fill(french.subject, filling))
        preheader = placeholders.one_line(placeholders.fill(french.preheader, filling))
        context = {
            "subject": subject,
            "preheader": preheader,
            "parts": [
                {
                    "language": language,
                    "text": placeholders.fill(markup.to_text(text.body, language=language), filling).strip(
                        "\n"
                    ),
                    "html": Markup(  # noqa: S704 - `to_html` and `escape_html` let no markup of others through
                        placeholders.fill(
                            markup.to_html(text.body, language=language),
                            filling,
                            escape=placeholders.escape_html,
                        )
                    ),
                }
                for text, language in zip(texts, LANGUAGES, strict=False)
            ],
            "organization": self.setting.organization,
            "edition_is_simulated": self.setting.edition.is_simulated,
            "mailing_class": self.setting.mailing_class.value,
            "may_leave": self.setting.mailing_class in UNASKED,
            "leave": f"{{{{{LEAVE}}}}}",
        }
        rendered = rendering.render("mailing", context)
        return _Pattern(subject=subject, preheader=preheader, text=rendered.text, html=rendered.html)
