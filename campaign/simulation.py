"""What the demonstration imagines: the answers of some 450 towns to one edition, as plain values.

Pure and repeatable: the same directory, week and instant give the same stories. Nobody here exists: family
names come from ships and flags, addresses end in example.org, telephones are 555-01xx.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from random import Random

from campaign import clock
from campaign.campaigns.week import Week
from campaign.contacts.models import Language
from campaign.events.models import Opening
from campaign.events.services import When
from campaign.identifiers import slugify
from campaign.participations.details import ParticipationDetails, Person
from campaign.participations.models import Channel, KitState, Mast, Mode, PlanB, Presence, ResolutionState

SEED = 20271115
SHARE_OF_TOWNS = 0.4
"""About the share that the real campaign announces."""

SMALLEST_POPULATION = 60
WEEKS_OF_ANSWERS = 8


@dataclass(frozen=True, kw_only=True)
class Town:
    """What a story needs to know of a territory."""

    geo_code: str
    name: str
    region_code: str
    population: int


class Act(StrEnum):
    """One thing that somebody does; each is one service of the participations."""

    REGISTER = "inscrire"
    CONFIRM = "confirmer"
    POSTPONE = "reporter"
    MOVE_INDOORS = "deplacer_a_l_interieur"
    CANCEL_CEREMONY = "annuler_la_ceremonie"
    CANCEL = "annuler"
    REINSTATE = "retablir"
    DONE = "realiser"
    REFLECT = "reflechir"
    DECLINE = "decliner"
    RESOLUTION = "resolution"
    KIT = "trousse"
    MERGE = "fusionner"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One act at one instant; the other fields are those that its service asks for."""

    at: datetime
    geo_code: str
    act: Act
    channel: Channel
    details: ParticipationDetails | None = None
    reason: str = ""
    needs_review: bool = False
    when: When | None = None
    place: str = ""
    on: date | None = None
    resolution: ResolutionState = ResolutionState.NONE
    number: str = ""
    kit: KitState = KitState.NOT_REQUESTED
    into: str = ""


class Fate(StrEnum):
    """How a registration turns out."""

    CONFIRMED = "confirmee"
    AWAITING = "a_confirmer"
    TO_REVIEW = "a_verifier"
    CANCELLED = "annulee"
    REINSTATED = "retablie"
    DONE = "realisee"
    POSTPONED = "reportee"
    INDOORS = "a_l_interieur"
    WITHOUT_CEREMONY = "sans_ceremonie"


UNUSUAL_FATES = (
    *[Fate.AWAITING] * 22,
    *[Fate.TO_REVIEW] * 8,
    *[Fate.CANCELLED] * 6,
    *[Fate.REINSTATED] * 2,
    *[Fate.DONE] * 6,
    *[Fate.POSTPONED] * 5,
    *[Fate.INDOORS] * 4,
    *[Fate.WITHOUT_CEREMONY] * 3,
)
UNDECIDED, DECLINED = 16, 10
NEVER_INVITED_ONE_IN = 12

EXPECTED_AT_THE_USUAL_HOUR = (
    "01023", "01042",  # Atlantic time with daylight saving
    "98005", "98012",  # Atlantic time all year
    "98020", "92005",  # Eastern: Anticosti, and the other Saint-Augustin
)  # fmt: skip
"""A public ceremony at 10 h on day J, in each zone."""

ALWAYS_IN = (
    *EXPECTED_AT_THE_USUAL_HOUR,
    "30085", "56050",  # two Saint-Sébastien
    "21040", "82005",  # two L’Ange-Gardien
    "23057", "15013", "08005", "95025", "12043",  # L’Ancienne-Lorette, Les Méchins, Les Escoumins…
    "13080", "14055", "93022", "65005", "59020",  # Saint-Louis-du-Ha! Ha!, Hébertville, Laval, Varennes
)  # fmt: skip

BOROUGHS_AND_OTHERS = (
    "66023-09", "66023-17",  # two boroughs of Montréal: two flags, one municipality
    "58227-01", "58227-02", "58227-03",  # Longueuil takes part by its boroughs
    "540", "340",  # two MRC, outside the « sur 1 098 »
    "99095",  # a northern village
)  # fmt: skip

TOOK_PART_AND_SILENT = ("10043", "67020", "64015", "13073", "13005", "12015", "57005")
"""In the published history and not yet back: « Comme l’an dernier » awaits them."""

BY_THEIR_BOROUGHS = ("66023", "58227")

ENTERED_FOR_THEIR_HOMONYM = (("46040", "46035"), ("45025", "45008"))
"""Bedford and Stanstead: the township was chosen for the town; the team merged the two records."""

ALSO_IN_ENGLISH = frozenset({"01042", "98005", "98012", "46035", "45008", "58227-01"})


def imagine(towns: Sequence[Town], others: Sequence[Town], week: Week, now: datetime) -> list[Step]:
    """Every act in its order. `towns` are the local municipalities, `others` what else can take part."""
    chance = Random(SEED)  # noqa: S311 - stories, not secrets
    registered = _choose(towns, chance) + [town for town in others if town.geo_code in BOROUGHS_AND_OTHERS]
    fates = _fates(registered, chance)
    teller = _Teller(chance, week, now)
    steps: list[Step] = []
    for town in registered:
        steps += teller.registration(town, fates[town.geo_code])
    by_code = {town.geo_code: town for town in towns}
    for wrong, right in ENTERED_FOR_THEIR_HOMONYM:
        steps += teller.registration_merged(by_code[wrong], right)
    silent = _silent(towns, registered)
    hesitating = chance.sample(
        [t for t in silent if t.geo_code not in TOOK_PART_AND_SILENT], UNDECIDED + DECLINED
    )
    steps += [teller.reflection(town) for town in hesitating[:UNDECIDED]]
    steps += [teller.refusal(town) for town in hesitating[UNDECIDED:]]
    return sorted(steps, key=lambda step: step.at)  # stable: acts of one town keep their order


def invited(towns: Sequence[Town], steps: Iterable[Step]) -> list[str]:
    """The codes of those who were written to: who answers by a personal link, and most of the silent ones."""
    opening = [step for step in steps if step.act in (Act.REGISTER, Act.REFLECT, Act.DECLINE)]
    by_link = {step.geo_code for step in opening if step.channel is Channel.LINK}
    answered = {step.geo_code for step in opening}
    silent = [town.geo_code for town in _silent(towns, []) if town.geo_code not in answered]
    written_to = {
        code
        for rank, code in enumerate(silent)
        if rank % NEVER_INVITED_ONE_IN or code in TOOK_PART_AND_SILENT
    }
    return sorted(by_link | written_to)


def _silent(towns: Sequence[Town], registered: Sequence[Town]) -> list[Town]:
    merged = {code for pair in ENTERED_FOR_THEIR_HOMONYM for code in pair}
    out = {town.geo_code for town in registered} | merged | set(BY_THEIR_BOROUGHS)
    return [t for t in towns if t.geo_code not in out and t.population >= SMALLEST_POPULATION]


def _choose(towns: Sequence[Town], chance: Random) -> list[Town]:
    """The same share of each region, at least one town in each, the fixed ones always."""
    chosen: list[Town] = []
    silent = {town.geo_code for town in _silent(towns, [])} - set(TOOK_PART_AND_SILENT)
    for _, group in groupby(
        sorted(towns, key=lambda t: (t.region_code, t.geo_code)), lambda t: t.region_code
    ):
        region = list(group)
        fixed = [town for town in region if town.geo_code in ALWAYS_IN]
        free = [town for town in region if town.geo_code in silent and town.geo_code not in ALWAYS_IN]
        missing = max(0, max(1, round(len(region) * SHARE_OF_TOWNS)) - len(fixed))
        chosen += fixed + chance.sample(free, min(missing, len(free)))
    return chosen


def _fates(registered: Sequence[Town], chance: Random) -> dict[str, Fate]:
    fates = {town.geo_code: Fate.CONFIRMED for town in registered}
    usual = {*ALWAYS_IN, *BOROUGHS_AND_OTHERS}
    eligible = [town.geo_code for town in registered if town.geo_code not in usual]
    fates.update(zip(chance.sample(eligible, len(UNUSUAL_FATES)), UNUSUAL_FATES, strict=True))
    return fates


FAMILY_NAMES = (
    "Bellebrise", "Beaupavois", "Grandvoile", "Hautmât", "Dufanion", "Ladrisse", "Petitvent", "Desdrapeaux",
    "Clairétendard", "Boncordage", "Delahune", "Vergeblanche", "Montpennon", "Delamisaine", "Ventarrière",
    "Bordeclair", "Lafocquette", "Quatrevents", "Beaugréement", "Largevoile",
)  # fmt: skip
WOMEN = ("Amélie", "Chantal", "Ève-Marie", "Françoise", "Julie", "Léa", "Manon", "Noémie", "Sylvie", "Zoé")
MEN = ("Alexis", "Benoît", "Étienne", "François", "Karim", "Loïc", "Mathieu", "Olivier", "Réal", "Théo")
WOMENS_ROLES = (
    *["Directrice générale et greffière-trésorière"] * 6,
    "Greffière", "Coordonnatrice des loisirs", "Agente aux communications", "Adjointe administrative",
)  # fmt: skip
MENS_ROLES = (
    *["Directeur général et greffier-trésorier"] * 6,
    "Greffier", "Coordonnateur des loisirs", "Agent aux communications", "Adjoint administratif",
)  # fmt: skip
AREA_CODES = ("367", "418", "450", "514", "579", "819")

PLACES = (
    *["Hôtel de ville"] * 5,
    *["Bureau municipal"] * 5,
    "Centre communautaire", "Bibliothèque municipale", "Parc municipal", "Caserne de pompiers",
    "Salle municipale",
)  # fmt: skip
ROOFS = ("Salle du conseil", "Centre communautaire", "Gymnase de l’école", "Bibliothèque municipale")
HOURS = (
    *[time(10)] * 12,
    time(9), time(9), time(9, 30), time(9, 30), time(10, 30), time(11), time(13, 30), time(15), time(18, 30),
)  # fmt: skip
DAYS_AFTER_J = (*[0] * 20, 1, 1, 2, 3, 4, 5, -3)
"""Mostly day J; some wait until the office opens; -3 is the Friday before, outside the week."""


class _Teller:
    """Tells the story of one town after the other, from one source of chance."""

    def __init__(self, chance: Random, week: Week, now: datetime) -> None:
        self.chance = chance
        self.week = week
        self.now = now
        self.today = clock.today(now)

    # --- stories ---

    def registration(self, town: Town, fate: Fate) -> list[Step]:
        details = self._details(town, fate)
        at = self._registered_at(fate)
        channel = self.chance.choices((Channel.WEB, Channel.LINK, Channel.PHONE), (60, 32, 8))[0]
        if fate is Fate.TO_REVIEW:
            channel = Channel.WEB
        steps = [
            Step(
                at=at,
                geo_code=town.geo_code,
                act=Act.REGISTER,
                channel=channel,
                details=details,
                needs_review=fate is Fate.TO_REVIEW,
            )
        ]
        # Of those held for review, half have not even read their mail yet.
        if fate is not Fate.AWAITING and not (fate is Fate.TO_REVIEW and self.chance.random() < 0.5):
            steps.append(self._confirmation(steps[0]))
            steps += self._sequel(town, fate, details, steps[-1].at)
            if fate is Fate.CONFIRMED:
                steps += self._tracks(town, details, steps[-1].at)
        return steps

    def registration_merged(self, wrong: Town, right: str) -> list[Step]:
        steps = self.registration(wrong, Fate.REINSTATED)[:2]
        return [
            *steps,
            Step(
                at=self._after(steps[-1].at, days=3),
                geo_code=wrong.geo_code,
                act=Act.MERGE,
                channel=Channel.TEAM,
                into=right,
                reason="Le canton avait été choisi à la place de la ville",
            ),
        ]

    def reflection(self, town: Town) -> Step:
        return Step(
            at=self._office_hour(self.chance.randint(3, WEEKS_OF_ANSWERS * 7)),
            geo_code=town.geo_code,
            act=Act.REFLECT,
            channel=Channel.LINK,
            on=self._council_to_come(),
        )

    def refusal(self, town: Town) -> Step:
        reasons = ("", "", "Nous sommes en réorganisation", "Le bureau est fermé cette semaine-là")
        return Step(
            at=self._office_hour(self.chance.randint(3, WEEKS_OF_ANSWERS * 7)),
            geo_code=town.geo_code,
            act=Act.DECLINE,
            channel=Channel.LINK,
            reason=self.chance.choice(reasons),
        )

    # --- what follows a registration ---

    def _confirmation(self, registration: Step) -> Step:
        confirmed = replace(registration, act=Act.CONFIRM, details=None, needs_review=False)
        if registration.channel is Channel.LINK:
            return confirmed
        at = self._after(registration.at, minutes=self.chance.choice((4, 11, 25, 70, 1500)))
        if registration.channel is Channel.PHONE:
            return replace(confirmed, at=at, reason="Confirmée au téléphone par la municipalité")
        return replace(confirmed, at=at, channel=Channel.MAIL, reason="Adresse vérifiée")

    def _sequel(
        self, town: Town, fate: Fate, details: ParticipationDetails, since: datetime
    ) -> Iterator[Step]:
        at = self._after(since, days=self.chance.randint(1, 6))
        step = Step(at=at, geo_code=town.geo_code, act=Act.CONFIRM, channel=Channel.LINK)
        if fate is Fate.POSTPONED:
            day = self.week.flag_on + timedelta(days=self.chance.randint(1, 3))
            reason = self.chance.choice(
                ("Le milieu de garde est fermé ce jour-là.", "La mairesse sera retenue à la MRC.")
            )
            yield replace(step, act=Act.POSTPONE, when=When(day=day, at=details.flag_time), reason=reason)
        elif fate is Fate.INDOORS:
            reason = "Le mât est en réparation."
            yield replace(step, act=Act.MOVE_INDOORS, place=self.chance.choice(ROOFS), reason=reason)
        elif fate is Fate.WITHOUT_CEREMONY:
            yield replace(step, act=Act.CANCEL_CEREMONY, reason="Aucun mât n’est libre cette année.")
        elif fate in (Fate.CANCELLED, Fate.REINSTATED):
            yield replace(step, act=Act.CANCEL, reason="L’équipe municipale ne sera pas disponible.")
            if fate is Fate.REINSTATED:
                yield replace(step, at=self._after(at, days=2), act=Act.REINSTATE)
        elif fate is Fate.DONE:
            reason = "Résolution reçue : la municipalité ne prévoit rien d’autre".replace(" :", "\u00a0:")
            yield replace(step, act=Act.DONE, channel=Channel.TEAM, reason=reason)

    def _tracks(self, town: Town, details: ParticipationDetails, since: datetime) -> Iterator[Step]:
        """The council votes, the team prepares the kit."""
        step = Step(at=since, geo_code=town.geo_code, act=Act.KIT, channel=Channel.TEAM)
        if details.resolution_state is ResolutionState.ON_AGENDA:
            state = self.chance.choices(
                (ResolutionState.ADOPTED, ResolutionState.NONE, ResolutionState.REFUSED), (50, 46, 4)
            )[0]
            at = self._after(since, days=self.chance.randint(4, 15))
            if state is not ResolutionState.NONE and at < self.now - timedelta(minutes=5):
                yield replace(
                    step,
                    at=at,
                    act=Act.RESOLUTION,
                    channel=Channel.LINK,
                    resolution=state,
                    on=clock.today(at),
                    number=self._resolution_number(clock.today(at))
                    if state is ResolutionState.ADOPTED
                    else "",
                )
        if details.wants_kit:
            reached = self.chance.choices((0, 1, 2, 3), (62, 26, 8, 4))[0]
            for kit in (KitState.IN_PREPARATION, KitState.SHIPPED, KitState.RECEIVED)[:reached]:
                step = replace(step, at=self._after(step.at, days=self.chance.randint(1, 5)), kit=kit)
                yield step

    # --- answers ---

    def _details(self, town: Town, fate: Fate) -> ParticipationDetails:
        chance = self.chance
        is_expected = town.geo_code in EXPECTED_AT_THE_USUAL_HOUR
        details = replace(
            ParticipationDetails(modes=self._modes(town, fate)),
            contact=self._person(town),
            second_contact=self._mailbox(town) if chance.random() < 0.12 else Person(),
            media_may_call=chance.random() < 0.25,
            wants_newsletter=chance.random() < 0.3,
            language=Language.FRENCH_AND_ENGLISH if town.geo_code in ALSO_IN_ENGLISH else Language.FRENCH,
        )
        details = replace(details, is_child_friendly=Mode.MAE_FLAG in details.modes)
        if Mode.OTHER in details.modes:
            details = replace(details, other_mode="Lecture de contes à la bibliothèque")
        if Mode.RESOLUTION in details.modes:
            details = self._with_resolution(details, is_adopted=fate is Fate.DONE)
        if details.raises_flag:
            details = self._with_ceremony(details, is_at_usual_hour=is_expected)
            details = self._with_kit(details, town)
        return details

    def _modes(self, town: Town, fate: Fate) -> tuple[Mode, ...]:
        chance = self.chance
        if fate is Fate.DONE:
            return (Mode.RESOLUTION,)
        if town.geo_code == "99095":
            return (Mode.ACTIVITY, Mode.DISPLAY)
        needs_flag = fate in (Fate.POSTPONED, Fate.INDOORS, Fate.WITHOUT_CEREMONY) or town.geo_code in (
            *ALWAYS_IN,
            *BOROUGHS_AND_OTHERS,
        )
        likely = (
            (Mode.FLAG, 1.0 if needs_flag else 0.9),
            (Mode.MAE_FLAG, 0.1),
            (Mode.RESOLUTION, 0.38),
            (Mode.ACTIVITY, 0.22),
            (Mode.DISPLAY, 0.25),
            (Mode.BLANKET, 0.08),
            (Mode.OTHER, 0.03),
        )
        modes = tuple(mode for mode, likelihood in likely if chance.random() < likelihood)
        # A ceremony called off leaves a participation only where something else remains.
        if fate is Fate.WITHOUT_CEREMONY and Mode.DISPLAY not in modes:
            modes += (Mode.DISPLAY,)
        return modes or (Mode.ACTIVITY,)

    def _with_resolution(self, details: ParticipationDetails, *, is_adopted: bool) -> ParticipationDetails:
        if is_adopted or self.chance.random() < 0.35:
            day = self._weekday(self.today - timedelta(days=self.chance.randint(60, 110)))
            return replace(
                details,
                resolution_state=ResolutionState.ADOPTED,
                resolution_on=day,
                resolution_number=self._resolution_number(day),
            )
        return replace(
            details, resolution_state=ResolutionState.ON_AGENDA, resolution_on=self._council_to_come()
        )

    def _with_ceremony(
        self, details: ParticipationDetails, *, is_at_usual_hour: bool
    ) -> ParticipationDetails:
        chance = self.chance
        children = chance.choices((Presence.YES, Presence.TO_CONFIRM, Presence.NO), (70, 25, 5))[0]
        plan_b = chance.choices((None, PlanB.MAINTAINED, PlanB.INDOORS, PlanB.POSTPONED), (40, 20, 28, 12))[0]
        day = self.week.flag_on + timedelta(days=chance.choice(DAYS_AFTER_J))
        hour = chance.choice(HOURS)
        opening = chance.choices((Opening.PUBLIC, Opening.INVITATION, Opening.CLOSED), (80, 10, 10))[0]
        if is_at_usual_hour:
            day, hour, opening = self.week.flag_on, time(10), Opening.PUBLIC
        return replace(
            details,
            flag_on=day,
            flag_time=hour,
            opening=opening,
            lowered_on=self.week.end_on,
            place=chance.choice(PLACES),
            mast=chance.choices((Mast.YES, Mast.ONLY_ONE, Mast.UNKNOWN), (82, 8, 10))[0],
            children=children,
            children_count=chance.randint(6, 48) if children is Presence.YES else None,
            childcare="Un milieu de garde du quartier" if children is Presence.YES else "",
            elected_role="La mairie" if chance.random() < 0.6 else "",
            plan_b=plan_b,
            plan_b_on=max(day, self.week.flag_on) + timedelta(days=1) if plan_b is PlanB.POSTPONED else None,
            plan_b_place=chance.choice(ROOFS) if plan_b is PlanB.INDOORS else "",
        )

    def _with_kit(self, details: ParticipationDetails, town: Town) -> ParticipationDetails:
        chance = self.chance
        wish = chance.random()
        if wish < 0.4:
            return replace(details, has_flag=True)
        if wish > 0.9:
            return details
        return replace(
            details,
            wants_kit=True,
            kit_flags=2 if town.population > 40_000 else 1,
            kit_posters=chance.choice((2, 5, 5, 10)),
            kit_stickers=chance.choice((0, 25, 50, 100)),
            kit_blankets=chance.choice((0, 0, 7, 9)),
            delivery_address=f"{chance.randint(1, 400)}, rue de l’Exemple, {town.name}",
            delivery_hours="Du lundi au jeudi, de 9 h à 16 h".replace(" h", "\u00a0h"),
            delivery_attention=f"{details.contact.first_name} {details.contact.last_name}",
        )

    def _person(self, town: Town) -> Person:
        chance = self.chance
        first_names, roles = chance.choices(((WOMEN, WOMENS_ROLES), (MEN, MENS_ROLES)), (70, 30))[0]
        first_name, last_name = chance.choice(first_names), chance.choice(FAMILY_NAMES)
        return Person(
            first_name=first_name,
            last_name=last_name,
            role=chance.choice(roles),
            email=f"{slugify(first_name)}.{slugify(last_name)}.{town.geo_code}@example.org",
            phone=f"{chance.choice(AREA_CODES)}55501{chance.randint(0, 99):02d}"
            if chance.random() < 0.8
            else "",
            extension=str(chance.randint(200, 240)) if chance.random() < 0.15 else "",
        )

    def _mailbox(self, town: Town) -> Person:
        return Person(first_name="Bureau", last_name="municipal", email=f"bureau.{town.geo_code}@example.org")

    def _resolution_number(self, day: date) -> str:
        return f"{day.year}-{day.month:02d}-{self.chance.randint(1, 320):03d}"

    # --- days and hours ---

    def _registered_at(self, fate: Fate) -> datetime:
        if fate in (Fate.AWAITING, Fate.TO_REVIEW):
            return self._office_hour(self.chance.randint(1, 9))
        # Answers come fast at first, then slowly.
        return self._office_hour(int(self.chance.triangular(2, WEEKS_OF_ANSWERS * 7, WEEKS_OF_ANSWERS * 6)))

    def _office_hour(self, days_ago: int) -> datetime:
        day = self._weekday(self.today - timedelta(days=days_ago))
        minutes = self.chance.randint(8 * 60 + 15, 16 * 60 + 45)
        return clock.to_utc(day, time(*divmod(minutes, 60)), clock.EASTERN)

    def _after(self, instant: datetime, *, days: int = 0, minutes: int = 0) -> datetime:
        """Later, on a working day, and never after now."""
        later = instant + timedelta(days=days, minutes=minutes)
        if days:
            later += timedelta(days={5: 2, 6: 1}.get(clock.today(later).weekday(), 0))
        return min(later, self.now)

    def _council_to_come(self) -> date:
        """A sitting between tomorrow and the end of the week of the campaign, at the latest."""
        day = self.today + timedelta(days=self.chance.randint(8, 35))
        monday = day - timedelta(days=day.weekday())
        return min(max(monday, self.today), self.week.end_on)

    @staticmethod
    def _weekday(day: date) -> date:
        """That day, or the Friday before a week-end."""
        return day - timedelta(days=max(0, day.weekday() - 4))
