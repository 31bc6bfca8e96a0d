"""The team's forms of a mailing: its words, its plan in plain words, and a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from campaign.contacts.models import ContactKind
from campaign.errors import Conflict
from campaign.events.models import EventState
from campaign.i18n import _
from campaign.mailings import words
from campaign.mailings.audiences import LIST_WORDS, OF_TERRITORIES, WHO_WORDS, Audience, Received, Who
from campaign.mailings.models import Mailing, Nature
from campaign.mailings.schedule import Anchor, InvalidRule, MailingClass, Rule
from campaign.mailings.wording import MAX_PREHEADER, MAX_SUBJECT, Problem, Text, text_of
from campaign.participations import states
from campaign.participations import words as participation_words
from campaign.participations.models import KitState, ReportState, ResolutionState, State
from campaign.web.filters import capitalize_first
from campaign.web.forms import CountField, DayField, HourField, Needed, PageForm

LONGEST_LINE = 300
LONGEST_BODY = 20_000


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


class Boxes(SelectMultipleField):
    """Boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LineField(StringField):
    """A line kept as typed: the non-breaking spaces of a subject are its author's."""


# --- the words ----------------------------------------------------------------------------------------


class TextForm(PageForm):
    """Subject, preheader and body of a variant."""

    subject = LineField(
        _("Objet"),
        [Needed(_("Écrivez l’objet du message.")), _short(LONGEST_LINE)],
        description=_("Un téléphone en montre environ %(count)d caractères.", count=MAX_SUBJECT),
    )
    preheader = LineField(
        _("Aperçu"),
        [_short(LONGEST_LINE)],
        description=_(
            "La ligne qui suit l’objet dans la liste des messages : environ %(count)d caractères.",
            count=MAX_PREHEADER,
        ),
    )
    body = TextAreaField(_("Texte"), [Needed(_("Écrivez le texte du message.")), _short(LONGEST_BODY)])
    known = HiddenField()
    """The version that the author had under the eyes."""

    @staticmethod
    def filled_with(text: Text | None, version: int) -> dict[str, Any]:
        if text is None:
            return {"known": version}
        return {
            "subject": text.subject,
            "preheader": text.preheader,
            "body": text.body,
            "known": version,
        }

    def to_text(self) -> Text:
        return text_of(self.subject.data or "", self.preheader.data or "", self.body.data or "")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Also what only the words can tell: a hole that does not exist, a link that goes nowhere."""
        is_valid = super().validate(*args, **kwargs)
        for name, problems in self.to_text().check().items():
            self[name].errors = [*self[name].errors, *(_told(name, problem) for problem in problems)]
            is_valid = False
        return is_valid

    def forget_version(self, version: int) -> None:
        """Sent again, it is written over what somebody else wrote meanwhile: the author was told."""
        self.known.raw_data = None
        self.known.data = str(version)


class EnglishForm(TextForm):
    """The English version, which may be withdrawn: without a body there is none."""

    subject = LineField(
        _("Objet"),
        [_short(LONGEST_LINE)],
        description=_("Pour vos dossiers : l’objet du message reste en français."),
    )
    preheader = LineField(_("Aperçu"), [_short(LONGEST_LINE)])
    body = TextAreaField(
        _("Texte"),
        [_short(LONGEST_BODY)],
        description=_("Il suit le texte français pour les personnes qui l’ont demandé. Vide, il est retiré."),
    )


def _told(name: str, problem: Problem) -> str:
    """A subject has one line: only the body's are worth naming."""
    return str(problem) if name == "body" else problem.message


# --- a new one ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Added:
    """What a new mailing begins with."""

    title: str
    mailing_class: MailingClass
    nature: Nature


def _choices(labels: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(each.value, label) for each, label in labels.items()]


class AddForm(PageForm):
    """A mailing that the standard calendar does not have."""

    title = StringField(
        _("Titre"),
        [Needed(_("Donnez un titre à l’envoi.")), _short(160)],
        description=_("Pour l’équipe : les destinataires ne le voient pas."),
    )
    mailing_class = RadioField(
        _("Ce que c’est pour la personne qui le reçoit"),
        choices=_choices(words.CLASSES),
        validators=[Needed(_("Choisissez ce qu’est cet envoi."))],
        validate_choice=False,
    )
    nature = RadioField(
        _("Sa nature selon la loi"),
        choices=_choices(words.NATURES),
        default=Nature.INFORMATIONAL.value,
        validators=[Needed(_("Choisissez la nature de l’envoi."))],
        validate_choice=False,
    )

    def validate_mailing_class(self, field: Any) -> None:
        _check_member(MailingClass, field)

    def validate_nature(self, field: Any) -> None:
        _check_member(Nature, field)

    def to_added(self) -> Added:
        return Added(
            title=self.title.data or "",
            mailing_class=MailingClass(self.mailing_class.data),
            nature=Nature(self.nature.data),
        )

    def refuse(self, error: Conflict) -> None:
        """Say beside the question what the service refused."""
        self.nature.errors = [error.message]


def _check_member(kind: type[StrEnum], field: Any) -> None:
    if field.data not in kind._value2member_map_:
        raise ValidationError(_("Choisissez une réponse de la liste."))


# --- the plan -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `services.change_plan` takes."""

    rule: Rule
    audience: Audience
    nature: Nature
    groups_by_address: bool
    signed_by_coordinator: bool


BEFORE, AFTER = "avant", "apres"
ANY, YES, NO = "", "oui", "non"

ANCHOR_WORDS = {
    Anchor.DAY_J: _("À partir du jour J"),
    Anchor.FIXED: _("À une date fixe"),
    Anchor.CEREMONY: _("À partir de la cérémonie de chacune"),
    Anchor.REGISTERED: _("À partir de l’inscription de chacune"),
    Anchor.SHIPPED: _("À partir de l’expédition de la trousse"),
    Anchor.COUNCIL: _("À partir de la séance du conseil"),
    Anchor.DRAFT: _("À partir du début du brouillon"),
    Anchor.SESSION: _("À partir de la séance"),
}
CHOSEN_ANCHORS = (Anchor.DAY_J, Anchor.FIXED)
"""Those that an organizer chooses; a standard mailing that counts from another keeps it."""


class PlanForm(PageForm):
    """When it leaves and to whom, in plain words."""

    anchor = RadioField(
        _("Quand part-il?"),
        choices=[],
        validators=[Needed(_("Choisissez quand part l’envoi."))],
    )
    days = CountField(_("Nombre de jours"))
    side = SelectField(
        _("Avant ou après"),
        choices=[SelectChoice(BEFORE, _("jours avant")), SelectChoice(AFTER, _("jours après"))],
        default=BEFORE,
    )
    on = DayField(_("Date"))
    at = HourField(_("Heure, chez la personne qui reçoit"))

    who = RadioField(
        _("À qui?"),
        choices=_choices(WHO_WORDS),
        validators=[Needed(_("Choisissez la liste de départ."))],
        default=Who.MUNICIPALITIES.value,
    )
    lists = Boxes(
        _("Listes de contacts"),
        choices=_choices({kind: capitalize_first(label) for kind, label in LIST_WORDS.items()}),
        description=_("Sans choix : les organismes, les partenaires et les personnes abonnées."),
    )
    regions = Boxes(_("Régions"), choices=[], description=_("Sans choix : tout le Québec."))
    mrcs = Boxes(
        _("MRC"), choices=[], description=_("Elles s’ajoutent aux régions choisies. Sans choix : toutes.")
    )
    exclude_other_electoral_rules = BooleanField(
        _("Sans les villages et les MRC qui ont d’autres règles électorales")
    )
    states = Boxes(
        _("Où elles en sont"),
        choices=_choices(states.LABELS),
        description=_("Sans choix : quelle que soit leur réponse."),
    )
    returning = RadioField(
        _("L’an dernier"),
        choices=[
            SelectChoice(ANY, _("Peu importe")),
            SelectChoice(YES, _("Ont participé")),
            SelectChoice(NO, _("N’ont pas participé")),
        ],
        default=ANY,
    )
    received = SelectField(_("Ont déjà reçu l’envoi"), choices=[], default="")
    received_days = CountField(_("Depuis au moins (jours)"))
    draft_days = CountField(_("En réflexion depuis au moins (jours)"))
    unverified_days = CountField(_("Inscrites sans confirmation depuis au moins (jours)"))
    resolution = Boxes(_("Résolution"), choices=_choices(participation_words.RESOLUTION))
    council_passed = BooleanField(_("La séance du conseil est passée"))
    kit = Boxes(_("Trousse"), choices=_choices(participation_words.KIT))
    kit_incomplete = BooleanField(_("Il manque une réponse sur la trousse"))
    kit_shipped_days = CountField(_("Trousse partie depuis au moins (jours)"))
    report = Boxes(_("Bilan"), choices=_choices(participation_words.REPORT))
    raises_flag = RadioField(
        _("Lever du drapeau"),
        choices=[
            SelectChoice(ANY, _("Peu importe")),
            SelectChoice(YES, _("Hissent un drapeau")),
            SelectChoice(NO, _("Ne hissent pas de drapeau")),
        ],
        default=ANY,
    )
    ceremony = Boxes(_("Cérémonie"), choices=_choices(participation_words.CEREMONY))
    ceremony_incomplete = BooleanField(_("L’heure ou le lieu manque"))
    ceremony_within_days = CountField(_("Cérémonie dans les prochains jours (nombre)"))
    ceremony_passed = BooleanField(_("La cérémonie est passée"))

    groups_by_address = BooleanField(_("Un seul message par adresse, pour toutes ses municipalités"))
    signed_by_coordinator = BooleanField(_("Signé par la coordination de la région, quand il y en a une"))
    nature = RadioField(
        _("Sa nature selon la loi"),
        choices=_choices(words.NATURES),
        validators=[Needed(_("Choisissez la nature de l’envoi."))],
    )

    def __init__(
        self,
        *args: Any,
        mailing: Mailing,
        regions: Sequence[tuple[str, str]],
        mrcs: Sequence[tuple[str, str]],
        titles: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        self.rule = Rule.from_json(mailing.rule)
        self.told = Audience.from_json(mailing.audience)
        super().__init__(*args, data=self._values(mailing), **kwargs)
        own = [] if self.rule.anchor in CHOSEN_ANCHORS else [self.rule.anchor]
        self.anchor.choices = _choices({each: ANCHOR_WORDS[each] for each in (*own, *CHOSEN_ANCHORS)})
        self.regions.choices = [SelectChoice(code, name) for code, name in regions]
        self.mrcs.choices = [SelectChoice(code, name) for code, name in mrcs]
        others = [(key, title) for key, title in titles.items() if key != mailing.key]
        self.received.choices = [
            SelectChoice("", _("Aucun en particulier")),
            *(SelectChoice(key, title) for key, title in others),
        ]

    def _values(self, mailing: Mailing) -> dict[str, Any]:
        """What the mailing says today, for the first display."""
        rule, told = self.rule, self.told
        return {
            **{name: getattr(told, name) for name in (*_COUNTS, *_TICKS, "regions", "mrcs")},
            **{name: [each.value for each in getattr(told, name)] for name in (*_KINDS, "lists")},
            "anchor": rule.anchor.value,
            "days": abs(rule.days),
            "side": AFTER if rule.days > 0 else BEFORE,
            "on": rule.on,
            "at": rule.at,
            "who": told.who.value,
            "returning": _of_truth(told.returning),
            "raises_flag": _of_truth(told.raises_flag),
            "received": told.received.key if told.received else "",
            "received_days": told.received.days if told.received else 0,
            "groups_by_address": mailing.groups_by_address,
            "signed_by_coordinator": mailing.signed_by_coordinator,
            "nature": mailing.nature.value,
        }

    def validate_on(self, field: Any) -> None:
        if self.anchor.data == Anchor.FIXED.value and field.data is None and not field.errors:
            raise ValidationError(_("Inscrivez la date de l’envoi."))

    def validate_at(self, field: Any) -> None:
        # Only what follows an hour (a registration, a ceremony) may leave without one of its own.
        if field.data is None and not field.errors and (self._is_moved or self.rule.at is not None):
            raise ValidationError(_("Inscrivez l’heure de l’envoi, par exemple « 9 h »."))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Also what the rule itself refuses."""
        if not super().validate(*args, **kwargs):
            return False
        try:
            self._to_rule()
        except InvalidRule as error:
            self.anchor.errors = [str(error)]
            return False
        return True

    def to_plan(self) -> Plan:
        return Plan(
            rule=self._to_rule(),
            audience=self._to_audience(),
            nature=Nature(self.nature.data),
            groups_by_address=bool(self.groups_by_address.data),
            signed_by_coordinator=bool(self.signed_by_coordinator.data),
        )

    def refuse(self, error: Conflict) -> None:
        """Say at the top what the service refused."""
        self.form_errors.append(error.message)

    @property
    def _is_moved(self) -> bool:
        """It counts from something else than before."""
        return self.anchor.data != self.rule.anchor.value

    def _to_rule(self) -> Rule:
        anchor, at = Anchor(self.anchor.data), self.at.data
        if anchor is Anchor.FIXED:
            return replace(self.rule, anchor=anchor, days=0, on=self.on.data, at=at, hours=0, minutes=0)
        days = (self.days.data or 0) * (1 if self.side.data == AFTER else -1)
        delay = (0, 0) if self._is_moved or isinstance(at, time) else (self.rule.hours, self.rule.minutes)
        return replace(self.rule, anchor=anchor, days=days, on=None, at=at, hours=delay[0], minutes=delay[1])

    def _to_audience(self) -> Audience:
        """What is not asked here is kept; what only municipalities answer is dropped for the other lists."""
        who = Who(self.who.data)
        if who not in OF_TERRITORIES:
            lists = tuple(ContactKind(each) for each in self.lists.data or ()) if who is Who.CONTACTS else ()
            return Audience(who=who, regions=tuple(self.regions.data or ()), lists=lists)
        key = self.received.data
        told: dict[str, Any] = {
            "who": who,
            "lists": (),
            "regions": tuple(self.regions.data or ()),
            "mrcs": tuple(self.mrcs.data or ()),
            "received": Received(key=key, days=self.received_days.data or 0) if key else None,
            "returning": _truth(self.returning.data),
            "raises_flag": _truth(self.raises_flag.data),
            **{name: self[name].data or 0 for name in _COUNTS},
            **{name: bool(self[name].data) for name in _TICKS},
            **{name: tuple(kind(each) for each in self[name].data or ()) for name, kind in _KINDS.items()},
        }
        return replace(self.told, **told)


_COUNTS = ("draft_days", "unverified_days", "kit_shipped_days", "ceremony_within_days")
_TICKS = (
    "exclude_other_electoral_rules",
    "council_passed",
    "kit_incomplete",
    "ceremony_incomplete",
    "ceremony_passed",
)
_KINDS: Mapping[str, type[StrEnum]] = {
    "states": State,
    "resolution": ResolutionState,
    "kit": KitState,
    "report": ReportState,
    "ceremony": EventState,
}
"""The conditions of an audience that the form asks under their own name: numbers, boxes, lists of boxes."""


def _truth(answer: str | None) -> bool | None:
    return {YES: True, NO: False}.get(answer or "")


def _of_truth(value: bool | None) -> str:
    return ANY if value is None else YES if value else NO
