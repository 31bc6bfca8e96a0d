"""Gatherings to learn from: those that the partners' documents tell, and one that takes registrations now.

Past ones are in their editions, with the dates, hours and speakers that were published; seats and links,
which were not, are made up and say so. What is to come is in the simulated edition, with people who do not
exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.contacts.models import Language
from campaign.db import db, key_of
from campaign.events import activities, planning, services
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventKind, ItemKind, Opening, Series
from campaign.events.planning import ItemPlan, SittingPlan
from campaign.events.vocabulary import Audience, Format, OrganizerKind
from campaign.identifiers import UNAMBIGUOUS, hash_token, slugify
from campaign.registrations import capacity, file_kinds, files, organizing, queries, questions
from campaign.registrations.answers import DIET, TICKED
from campaign.registrations.capacity import demand_of
from campaign.registrations.models import (
    Answer,
    Attendee,
    AttendeeChoice,
    AttestationRule,
    Invitation,
    InvitationState,
    QuestionKind,
    Registration,
    RegistrationMove,
    RegistrationState,
    SensitiveAnswer,
)
from campaign.registrations.organizing import RulesTold
from campaign.registrations.questions import QuestionPlan
from campaign.territory.models import Territory
from campaign.territory.names import fold

SEED = 20231013
SPEAKERS = 3
TEAM = "Équipe de démonstration"
MADE_UP = "Les places et les liens, qui n’ont pas été publiés, sont de démonstration."

COLLECTIVE = "Collectif petite enfance"
GTE = "Grandissons tous ensemble"
ECLORE = "Éclore Côte-Nord"

PRE_LAUNCH_ITEMS = (
    (
        ItemKind.ADDRESS,
        "Mot de la directrice du Collectif petite enfance",
        "Elise Bonneville",
        "directrice",
        COLLECTIVE,
    ),
    (
        ItemKind.TALK,
        "Droits de l’enfant et développement de l’enfant : où se croisent-ils?",
        "Ziba Vaghri",
        "professeur agrégé, Chaire de recherche sur les droits de l’enfant et le développement de l’enfant",
        "Université du Nouveau-Brunswick, Saint John",
    ),
    (
        ItemKind.TALK,
        "Les approches fondées sur les droits de l’enfant : perspectives de développement pour la petite "
        "enfance au Québec",
        "Christian Whalen",
        "ancien Défenseur des enfants et des jeunes du Nouveau-Brunswick",
        "",
    ),
    (
        ItemKind.PRESENTATION,
        "Charte des droits traduite en six langues autochtones",
        "Suzanne Arpin",
        "vice-présidente, mandat jeunesse",
        "Commission des droits de la personne et des droits de la jeunesse",
    ),
    (
        ItemKind.TALK,
        "Droits des tout-petits au Québec : où en sommes-nous?",
        "Julie Cailliau",
        "directrice",
        "Observatoire des tout-petits",
    ),
    (
        ItemKind.TALK,
        "La perception des Québécois sur les réalités des tout-petits des Premiers Peuples – La déclaration "
        "des droits des enfants des Premières Nations",
        "Médéric Sioui",
        "gestionnaire des communications",
        "Commission de la santé et des services sociaux des Premières Nations du Québec et du Labrador",
    ),
)
"""As the report of 2023 lists them, in its order."""

COMMITTEE = (
    Sitting(day=date(2021, 8, 25), starts=time(9), ends=time(11)),
    Sitting(day=date(2021, 9, 8), starts=time(10), ends=time(12)),
    Sitting(day=date(2021, 9, 30), starts=time(10, 30), ends=time(12)),
    Sitting(day=date(2021, 10, 20), starts=time(13, 30), ends=time(15)),
    Sitting(day=date(2021, 11, 3), starts=time(9, 30), ends=time(11)),
)
GROUPS = (
    ("Groupe 1", (date(2021, 12, 15), date(2022, 2, 16))),
    ("Groupe 2", (date(2021, 12, 22), date(2022, 3, 23))),
)
STOPS = (
    ("La Haute-Côte-Nord", "95045"),
    ("Manicouagan", "96020"),
    ("Sept-Rivières", "97007"),
    ("Minganie", "98040"),
    ("Fermont", "97035"),
    ("première communauté autochtone", ""),
    ("deuxième communauté autochtone", ""),
)
"""« 5 territoires de MRC et 2 communautés autochtones »: each with the town that hosts it, if any."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """The editions to which the past ones belong."""

    of_2021: Edition
    of_2022: Edition
    of_2023: Edition


def tell_past(past: Past, *, now: datetime) -> list[Event]:
    """The six gatherings that the partners' documents tell."""
    told = [
        pre_launch(past.of_2023, now=now),
        training(past.of_2021, now=now),
        regional_event(past.of_2022, now=now),
        year_of_meetings(past.of_2021, now=now),
        committee(past.of_2021, now=now),
        virtual_gathering(past.of_2021, now=now),
    ]
    for event in told:
        _keep_identity(event)
    return told


def pre_launch(edition: Edition, *, now: datetime) -> Event:
    """The pre-launch of 2023, « pour la deuxième année » : six parts in their order. Its day was not told."""
    event = _create(
        edition,
        ActivityContent(
            title="Pré-lancement de la Grande semaine des tout-petits 2023",
            description="Tenu en amont de la semaine, pour la deuxième année. Animé par Isabelle Craig.",
            kind=EventKind.LAUNCH,
            organizer_name=COLLECTIVE,
            opening=Opening.INVITATION,
        ),
        now=now,
    )
    _in_series(event, "Pré-lancement de la Grande semaine des tout-petits", 2)
    sitting = planning.add_sitting(event, SittingPlan(), now=now)
    for kind, title, speaker, speaker_title, institution in PRE_LAUNCH_ITEMS:
        plan = ItemPlan(
            kind=kind, title=title, speaker=speaker, speaker_title=speaker_title, institution=institution
        )
        planning.add_item(event, sitting, plan, now=now)
    return event


def training(edition: Edition, *, now: datetime) -> Event:
    """One training, two groups: one choice, two dates."""
    event = _create(
        edition,
        ActivityContent(
            title="Le soutien des pratiques parentales liées au développement des enfants âgés de 0-5 ans",
            description=f"Un groupe au choix; chacun a deux dates. {MADE_UP}",
            kind=EventKind.TRAINING,
            organizer_name=GTE,
            region_code="03",
        ),
        now=now,
    )
    for name, days in GROUPS:
        rows = [planning.add_sitting(event, SittingPlan(title=f"{name}, jour {n}", day=day), now=now)
                for n, day in enumerate(days, 1)]  # fmt: skip
        planning.save_cohort(
            event, None, name=name, capacity=20, sitting_ids={key_of(row) for row in rows}, now=now
        )
    _open(event, RulesTold(closes_at=_end_of(date(2021, 12, 10)), attestation=AttestationRule.ALL), now=now)
    return event


def regional_event(edition: Edition, *, now: datetime) -> Event:
    """Two days, and workshops that take place at the same time, each with its seats."""
    event = _create(
        edition,
        ActivityContent(
            title="4e édition de l’événement régional en petite enfance",
            description=f"Panels, conférence et ateliers. {MADE_UP}",
            kind=EventKind.GATHERING,
            organizer_name=ECLORE,
            region_code="09",
        ),
        now=now,
    )
    _in_series(event, "Événement régional en petite enfance de la Côte-Nord", 4)
    first, second = date(2022, 10, 13), date(2022, 10, 14)
    plenaries = {
        first: (
            (ItemKind.PANEL, "Le rapport de la Commission spéciale sur les droits des enfants et la "
                             "protection de la jeunesse"),
            (ItemKind.PANEL, "Les politiques publiques pour la famille"),
        ),
        second: ((ItemKind.TALK, "Les services de proximité"),),
    }  # fmt: skip
    for day, items in plenaries.items():
        plan = SittingPlan(
            title="Plénière du 13 octobre" if day == first else "Plénière du 14 octobre", day=day
        )
        sitting = planning.add_sitting(event, plan, now=now)
        for kind, title in items:
            planning.add_item(event, sitting, ItemPlan(kind=kind, title=title), now=now)
    workshops = (
        (first, "Ateliers du 13 octobre", "Le rapport de la Commission spéciale", 30),
        (first, "Ateliers du 13 octobre", "Les enjeux de la maltraitance", 25),
        (second, "Ateliers du 14 octobre", "Les services de proximité", 30),
        (second, "Ateliers du 14 octobre", "Le développement des tout-petits", 25),
    )
    for day, block, title, seats in workshops:
        plan = SittingPlan(title=f"Atelier – {title}", day=day, block=block, capacity=seats)
        planning.add_sitting(event, plan, now=now)
    _open(event, RulesTold(seats=120, closes_at=_end_of(date(2022, 10, 7))), now=now)
    return event


def year_of_meetings(edition: Edition, *, now: datetime) -> Event:
    """Five meetings, two of which are known by their month alone."""
    event = _create(
        edition,
        ActivityContent(
            title="Rencontres de Grandissons tous ensemble, 2021-2022",
            description="Cinq rencontres dans l’année de travail.",
            kind=EventKind.MEETING,
            organizer_name=GTE,
            region_code="03",
            opening=Opening.INVITATION,
        ),
        now=now,
    )
    plans = (
        SittingPlan(day=date(2021, 9, 28)),
        SittingPlan(day=date(2021, 11, 17), title="Grande matinée des tout-petits"),
        SittingPlan(day=date(2021, 12, 16)),
        SittingPlan(month_on=date(2022, 2, 1)),
        SittingPlan(month_on=date(2022, 5, 1)),
    )
    rows = [planning.add_sitting(event, plan, now=now) for plan in plans]
    presentations = (
        (rows[0], "Nouveau programme-cycle au niveau préscolaire, maternelle 4 et 5 ans",
         "Meggy Carrey et Suzie Roch", True),
        (rows[2], "Services en orthophonie au CIUSSS de la Capitale-Nationale", "Caroline White", True),
        (rows[2], "Initiative AIDES", "", True),
        (rows[3], "Plan de travail du CIUSSS de la Capitale-Nationale sur les recommandations de la "
                  "Commission Laurent", "", False),
    )  # fmt: skip
    for row, title, speaker, is_confirmed in presentations:
        plan = ItemPlan(kind=ItemKind.PRESENTATION, title=title, speaker=speaker, is_confirmed=is_confirmed)
        planning.add_item(event, row, plan, now=now)
    return event


def committee(edition: Edition, *, now: datetime) -> Event:
    """Five meetings of the organizing committee, hour by hour: the team's own, never published."""
    return _create(
        edition,
        ActivityContent(
            title="Comité organisateur de la Grande matinée des tout-petits 2021",
            kind=EventKind.MEETING,
            organizer_name=GTE,
            region_code="03",
            opening=Opening.INVITATION,
            is_private=True,
            sittings=COMMITTEE,
        ),
        now=now,
    )


def virtual_gathering(edition: Edition, *, now: datetime) -> Event:
    """Online: only the people registered receive the link."""
    event = _create(
        edition,
        ActivityContent(
            title="Grande matinée des tout-petits 2021",
            description="Identifier les facteurs de protection de la maltraitance; reconnaître les bons "
            f"coups des acteurs en petite enfance. {MADE_UP}",
            kind=EventKind.GATHERING,
            organizer_name=GTE,
            region_code="03",
            format=Format.ONLINE,
            online_url="https://visio.example.org/grande-matinee-2021",
            is_online_url_public=False,
            sittings=(Sitting(day=date(2021, 11, 17)),),
        ),
        now=now,
    )
    _open(event, RulesTold(closes_at=_end_of(date(2021, 11, 16)), asks_access=True), now=now)
    return event


def tour(
    edition: Edition, territories: dict[str, Territory], first_on: date, *, now: datetime
) -> list[Event]:
    """Seven stops, each with its own registration, a week apart."""
    return [
        _stop(edition, territories.get(code), place, number, first_on + timedelta(weeks=number - 1), now=now)
        for number, (place, code) in enumerate(STOPS, 1)
    ]


def _stop(
    edition: Edition, town: Territory | None, place: str, number: int, day: date, *, now: datetime
) -> Event:
    told = ActivityContent(
        title=f"Tournée des territoires, étape {number} : {place}",
        description="Le portrait du territoire, ses enjeux, et le lancement de son alliance.",
        kind=EventKind.GATHERING,
        organizer_name=f"{ECLORE} (démonstration)",
        geo_code=town.geo_code if town else "",
        region_code="" if town else "09",
        place="Lieu à confirmer",
        sittings=(Sitting(day=day, starts=time(13), ends=time(16)),),
    )
    event = _create(edition, told, town, now=now)
    _in_series(event, "Tournée des territoires de la Côte-Nord", number)
    _open(event, RulesTold(seats=40), now=now)
    _keep_identity(event)
    return event


# --- one that takes registrations now -----------------------------------------------------------------

SEATS = 120
WORKSHOPS = (
    ("Atelier A – Jouer dehors en toute saison", "Salle Boréale", 60),
    ("Atelier B – Lire ensemble", "Salle Aurore", 40),
    ("Atelier C – Parler aux personnes élues", "Salle des Marées", 40),
)
ORGANIZATIONS = (
    "CPE La Boussole", "Maison de la famille L’Ancrage", "CPE Les Moussaillons", "Halte La Voile",
    "Bibliothèque Le Phare", "Organisme L’Embarcadère", "",
)  # fmt: skip
DIETS = ("Végétarienne", "végétarienne", "Sans gluten", "Allergie aux noix")
GUESTS = (
    ("Camille Boisvert", "partenaire", InvitationState.ACCEPTED),
    ("Andrée Lafleur", "partenaire", InvitationState.SENT),
    ("Dominique Desrosiers", "élue provinciale", InvitationState.DECLINED),
    ("Claude Vaillancourt", "invitée d’honneur", InvitationState.SENT),
)


def open_gathering(
    edition: Edition, town: Territory, names: tuple[Sequence[str], Sequence[str]], *, now: datetime
) -> Event:
    """A full gathering with its waiting list, for a door and its pages to show; nobody is written to."""
    day = _thursday_after(clock.today(now) + timedelta(days=60))
    event = _create(
        edition,
        ActivityContent(
            title="Grand rassemblement de la petite enfance",
            description="Une journée pour se rencontrer : deux conférences, puis un atelier au choix.",
            kind=EventKind.GATHERING,
            organizer_name=f"{COLLECTIVE} (démonstration)",
            organizer_kind=OrganizerKind.OTHER,
            geo_code=town.geo_code,
            place="Centre des congrès L’Escale (fictif)",
            audiences=(Audience.EDUCATORS,),
        ),
        town,
        now=now,
    )
    plan = SittingPlan(title="Matinée", day=day, starts=time(9), ends=time(12), place="Grande salle")
    morning = planning.add_sitting(event, plan, now=now)
    for kind, title, at, speaker, is_confirmed in (
        (ItemKind.ADDRESS, "Mot de bienvenue", time(9), "Maude Sansregret", True),
        (ItemKind.TALK, "Grandir au rythme de son quartier", time(9, 30), "Élise Rivard", True),
        (ItemKind.BREAK, "Pause", time(10, 30), "", True),
        (ItemKind.TALK, "Ce que les tout-petits nous disent", time(10, 45), "", False),
    ):
        item = ItemPlan(kind=kind, title=title, at=at, speaker=speaker, is_confirmed=is_confirmed)
        planning.add_item(event, morning, item, now=now)
    for title, room, seats in WORKSHOPS:
        plan = SittingPlan(
            title=title,
            day=day,
            starts=time(13, 30),
            ends=time(15),
            place=room,
            capacity=seats,
            block="Après-midi",
        )
        planning.add_sitting(event, plan, now=now)
    _ask(key_of(event))
    told = RulesTold(
        seats=SEATS,
        closes_at=_end_of(day - timedelta(days=3)),
        needs_verification=True,
        attestation=AttestationRule.ANY,
        asks_diet=True,
        message="Le stationnement est derrière le centre. Le repas du midi est offert.",
        contact_email="rassemblement@example.org",
    )
    _open(event, told, now=now)
    _fill(event, day, names, now=now)
    _keep_identity(event)
    return event


def _ask(event_id: int) -> None:
    travel = questions.add_question(
        event_id,
        QuestionPlan(
            kind=QuestionKind.CHOICE,
            label="Comment viendrez-vous?",
            options=("En auto", "En autobus", "À pied"),
        ),
    )
    seats = QuestionPlan(
        kind=QuestionKind.NUMBER,
        label="Combien de places offrez-vous en covoiturage?",
        condition_id=key_of(travel),
        condition_value="En auto",
    )
    questions.add_question(event_id, seats)
    speaks = questions.add_question(
        event_id, QuestionPlan(kind=QuestionKind.CONSENT, label="Je présente mon projet pendant la journée.")
    )
    slides = QuestionPlan(
        kind=QuestionKind.FILE,
        label="Votre présentation",
        help="Nous la projetons pour vous.",
        condition_id=key_of(speaks),
        condition_value=TICKED,
    )
    questions.add_question(event_id, slides)


def _fill(event: Event, day: date, names: tuple[Sequence[str], Sequence[str]], *, now: datetime) -> None:
    chance = Random(SEED)  # noqa: S311 - people who do not exist
    crowd = _Crowd(event, names, chance)
    rules = queries.get_rules(key_of(event))
    coming: list[Registration] = []
    while (left := SEATS - sum(len(one.attendees) for one in coming)) > 0:
        size = min(chance.choice((1, 1, 1, 1, 2, 2, 3)), left)
        coming.append(
            crowd.party(size, RegistrationState.CONFIRMED, now - timedelta(hours=4 + 3 * len(coming)))
        )
    waiting = [
        crowd.party(size, RegistrationState.WAITING, now - timedelta(minutes=20 * (10 - n)))
        for n, size in enumerate((1, 2, 1, 1, 3, 1, 1, 2))
    ]
    others = [
        crowd.party(1, RegistrationState.CANCELLED, now - timedelta(days=2)),
        crowd.party(1, RegistrationState.PENDING, now - timedelta(hours=1)),
    ]
    for registration in waiting:
        registration.rank = capacity.next_rank(rules.event_id)
    everybody = [*coming, *waiting, *others]
    db.session.add_all(everybody)
    db.session.flush()
    db.session.add_all(
        RegistrationMove(
            registration_id=one.id, at=one.created_at, author=TEAM, from_state=None, to_state=one.state
        )
        for one in everybody
    )
    people = [one for registration in coming for one in registration.attendees]
    full = capacity.take(rules, demand_of(people))
    if full is not None:
        raise ValueError(f"the demonstration asks for more seats than there are in {full}")
    for rank, attendee in enumerate(people[::17]):
        db.session.add(
            SensitiveAnswer(
                attendee_id=attendee.id,
                topic=DIET,
                value=DIETS[rank % len(DIETS)],
                consented_at=attendee.created_at,
                purge_on=day + timedelta(days=30),
            )
        )
    _send_slides(key_of(event), people[:: len(people) // SPEAKERS][:SPEAKERS], now=now)
    _invite(event, coming[0], now=now)
    db.session.flush()


def _send_slides(event_id: int, people: Sequence[Attendee], *, now: datetime) -> None:
    """Who presents a project sent what to project."""
    *_others, speaks, slides = questions.list_questions(event_id)
    for one in people:
        file = file_kinds.read(f"{one.organization}.pdf", _page(f"Notre projet : {one.organization}"))
        db.session.add_all(
            [
                Answer(attendee_id=one.id, question_id=speaks.id, value={"reponse": True}),
                Answer(attendee_id=one.id, question_id=slides.id, value={"reponse": file.name}),
            ]
        )
        db.session.flush()
        files.attach(one.id, {slides.id: file}, now=now)


def _page(words: str) -> bytes:
    """The smallest PDF that says it."""
    said = words.encode("cp1252", "replace").translate(None, b"\\()")
    drawn = b"BT /F1 32 Tf 60 300 Td (" + said + b") Tj ET"
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(b"%010d 00000 n \n" % len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, b"".join(places))
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(written))
    return written + table + end


def _invite(event: Event, registration: Registration, *, now: datetime) -> None:
    for name, role, state in GUESTS:
        email = f"{slugify(name)}@example.org"
        db.session.add(
            Invitation(
                event_id=event.id,
                name=name,
                email=email,
                role=role,
                token_hash=hash_token(f"demonstration-{event.title}-{email}"),
                state=state,
                registration_id=registration.id if state is InvitationState.ACCEPTED else None,
                created_at=now - timedelta(days=10),
                answered_at=None if state is InvitationState.SENT else now - timedelta(days=8),
            )
        )


class _Crowd:
    """People who do not exist, one party after the other."""

    def __init__(self, event: Event, names: tuple[Sequence[str], Sequence[str]], chance: Random) -> None:
        self.event, self.chance = event, chance
        first, last = names
        self.pairs = [(one, other) for one in first for other in last]
        chance.shuffle(self.pairs)
        self.seats = {key_of(row): row.capacity or 0 for row in event.sessions if row.block}

    def party(self, size: int, state: RegistrationState, at: datetime) -> Registration:
        is_coming = state is RegistrationState.CONFIRMED
        organization = self.chance.choice(ORGANIZATIONS)
        people = [self._person(n, organization, state, at) for n in range(size)]
        first = people[0]
        registration = Registration(
            event_id=self.event.id,
            state=state,
            name=f"{first.first_name} {first.last_name}",
            email=first.email,
            language=Language.FRENCH,
            link_generation=1,
            created_at=at,
            updated_at=at,
            verified_at=None if state is RegistrationState.PENDING else at,
            confirmed_at=at if is_coming else None,
            cancelled_at=at if state is RegistrationState.CANCELLED else None,
        )
        registration.attendees = people
        return registration

    def _person(self, position: int, organization: str, state: RegistrationState, at: datetime) -> Attendee:
        first, last = self.pairs.pop()
        attendee = Attendee(
            event_id=self.event.id,
            position=position,
            first_name=first,
            last_name=last,
            name_key=fold(f"{last} {first}"),
            email=f"{slugify(f'{first} {last}')}@example.org",
            organization=organization,
            organization_key=fold(organization),
            ticket_code=self._code(10),
            short_code=self._code(6),
            link_generation=1,
            is_active=state is not RegistrationState.CANCELLED,
            created_at=at,
        )
        workshop = self._workshop(state)
        attendee.choices = [] if workshop is None else [AttendeeChoice(session_id=workshop)]
        return attendee

    def _workshop(self, state: RegistrationState) -> int | None:
        """One with seats left; nobody who waits takes one."""
        left = [number for number, seats in self.seats.items() if seats]
        if not left or self.chance.random() < 0.1:
            return None
        number = self.chance.choice(left)
        if state is RegistrationState.CONFIRMED:
            self.seats[number] -= 1
        return number

    def _code(self, length: int) -> str:
        return "".join(self.chance.choice(UNAMBIGUOUS) for _ in range(length))


# --- what they share ----------------------------------------------------------------------------------


def _create(
    edition: Edition, told: ActivityContent, town: Territory | None = None, *, now: datetime
) -> Event:
    """In the calendar at once, unless it is private."""
    event = activities.create(told, edition=edition, territory=town, now=now)
    if not told.is_private:
        services.publish(event, now=now)
    db.session.flush()
    return planning.get_event(key_of(event), locked=True)


def _keep_identity(event: Event) -> None:
    """Calendar identifiers that stay the same each time the demonstration is made anew."""
    name = f"{event.edition.year}-{event.title}"
    event.uid = str(uuid5(NAMESPACE_URL, f"rassemblement-{name}"))
    for sitting in event.sessions:
        if sitting.position:
            sitting.uid = str(uuid5(NAMESPACE_URL, f"rassemblement-{name}-{sitting.position}"))


def _in_series(event: Event, name: str, number: int) -> None:
    slug = slugify(name)
    series = db.session.scalar(sa.select(Series).where(Series.slug == slug))
    if series is None:
        series = Series(name=name, slug=slug)
        db.session.add(series)
        db.session.flush()
    event.series_id, event.series_number = series.id, number


def _open(event: Event, told: RulesTold, *, now: datetime) -> None:
    organizing.set_rules(planning.get_event(key_of(event), locked=True), told, now=now)


def _end_of(day: date) -> datetime:
    return clock.to_utc(day + timedelta(days=1), time(0), clock.EASTERN)


def _thursday_after(day: date) -> date:
    return day + timedelta(days=(3 - day.weekday()) % 7)
