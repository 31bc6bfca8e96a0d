"""The demonstration: the real directory, the published history, and one simulated edition that says it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns import queries as known_editions
from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.campaigns.week import Week, coming_year, number_of, week_of
from campaign.db import db, refresh_statistics
from campaign.events import activities, organizers
from campaign.events import history as past_activities
from campaign.events import services as events
from campaign.events.models import Event, Proposal, ProposalMove, ProposalState, Session
from campaign.identifiers import hash_token, slugify
from campaign.participations import figures, history
from campaign.participations import services as participations
from campaign.participations.models import (
    Channel,
    Participation,
    ParticipationMove,
    State,
    Track,
)
from campaign.participations.services import (
    MUNICIPALITY_BY_FORM,
    MUNICIPALITY_BY_LINK,
    MUNICIPALITY_BY_MAIL,
    Author,
)
from campaign.registrations import examples
from campaign.simulated_activities import TRUSTED, Imagined, Turn, imagine_activities
from campaign.simulation import FAMILY_NAMES, MEN, WOMEN, Act, Step, Town, imagine, invited
from campaign.territory import directory
from campaign.territory.models import Territory

Told = TypeVar("Told")

THEME = "Tout un village pour grandir (thème de démonstration)"
TEAM = "Équipe de démonstration"

AUTHORS = {
    Channel.WEB: MUNICIPALITY_BY_FORM,
    Channel.LINK: MUNICIPALITY_BY_LINK,
    Channel.MAIL: MUNICIPALITY_BY_MAIL,
    Channel.PHONE: Author(name=TEAM, channel=Channel.PHONE, is_team=True),
    Channel.TEAM: Author(name=TEAM, channel=Channel.TEAM, is_team=True),
}

FIRST_ANNOUNCEMENT = timedelta(days=14)
"""How long ago figures were announced: the live ones have moved since, and the page tells by whom."""


def build(now: datetime) -> Edition:
    """Fill an empty database, inside the transaction of the command; gives the simulated edition.

    The same directory, the same day and the same hour give the same demonstration.
    """
    directory.import_directory(now=now)
    history.load(now)
    past_activities.load(now)
    campaigns.set_organization(
        "Collectif petite enfance (démonstration)",
        postal_address="1, rue de l’Exemple, Québec (Québec)",
        contact="bonjour@example.org",
        privacy_officer="Responsable de la protection des renseignements personnels, vie-privee@example.org",
    )
    week = week_of(coming_year(clock.today(now)))
    edition = campaigns.open_edition(
        number_of(week.start_on.year), week.start_on, theme=THEME, is_simulated=True
    )
    simulate(edition, week, now)
    _gather(edition, week, now)
    db.session.flush()
    refresh_statistics()
    return edition


FIRST_STOP = timedelta(weeks=9)
"""How long before the week a tour begins: its seven stops end two weeks before."""

QUEBEC_CITY = "23027"


def _gather(edition: Edition, week: Week, now: datetime) -> None:
    """Gatherings, trainings and meetings: those of the partners' documents, and one to register to."""
    editions = {one.year: one for one in known_editions.list_editions()}
    past = examples.Past(of_2021=editions[2021], of_2022=editions[2022], of_2023=editions[2023])
    examples.tell_past(past, now=now)
    codes = [code for _place, code in examples.STOPS if code] + [QUEBEC_CITY]
    towns = {
        town.geo_code: town
        for town in db.session.scalars(sa.select(Territory).where(Territory.geo_code.in_(codes)))
    }
    examples.tour(edition, towns, week.start_on - FIRST_STOP, now=now)
    names = ((*WOMEN, *MEN), FAMILY_NAMES)
    examples.open_gathering(edition, towns[QUEBEC_CITY], names, now=now)


def simulate(edition: Edition, week: Week, now: datetime) -> None:
    """Play the imagined answers through the services of the real ones, in the order of their instants."""
    known = sa.select(Territory).where(Territory.valid_to.is_(None)).order_by(Territory.geo_code)
    territories = {territory.geo_code: territory for territory in db.session.scalars(known)}
    towns = [_town(territory) for territory in territories.values() if territory.is_local]
    others = [_town(territory) for territory in territories.values() if not territory.is_local]
    steps = imagine(towns, others, week, now)
    written_to = [territories[code] for code in invited(towns, steps)]
    _invite(edition, written_to, steps[0].at - timedelta(days=1))
    stage = _Stage(edition, territories)
    announced_at = now - FIRST_ANNOUNCEMENT
    for step in (s for s in steps if s.at <= announced_at):
        stage.play(step)
    programme = imagine_activities(towns, week, now)
    _organizers(now)
    for told in (one for one in programme if one.published_at <= announced_at):
        stage.tell(told)
    db.session.flush()
    figures.freeze(edition.id, label="Premier bulletin aux régions", author=TEAM, now=announced_at)
    for step in (s for s in steps if s.at > announced_at):
        stage.play(step)
    for told in (one for one in programme if one.published_at > announced_at):
        stage.tell(told)
    db.session.flush()
    _propose(stage, programme, now)
    db.session.flush()


def _organizers(now: datetime) -> None:
    """The two that the team trusts: what they propose is published directly."""
    for name, kind, region_code in TRUSTED:
        email = f"{slugify(name)}@example.org"
        organizer = organizers.find_or_create(name, kind, email=email, region_code=region_code, now=now)
        organizers.trust(organizer, None, now=now)


def _town(territory: Territory) -> Town:
    return Town(
        geo_code=territory.geo_code,
        name=territory.name,
        region_code=territory.region_code or "",
        population=territory.population or 0,
    )


def _invite(edition: Edition, towns: Sequence[Territory], at: datetime) -> None:
    """« Sollicitée », written at once for hundreds of towns: `services.invite` would take them one by one."""
    db.session.execute(
        sa.insert(Participation),
        [
            {
                "edition_id": edition.id,
                "territory_id": territory.id,
                "territory_name": territory.name,
                "state": State.INVITED,
                "channel": Channel.SIMULATION,
                "created_at": at,
                "updated_at": at,
            }
            for territory in towns
        ],
    )
    ids = db.session.scalars(
        sa.select(Participation.id)
        .where(Participation.edition_id == edition.id, Participation.state == State.INVITED)
        .order_by(Participation.id)
    )
    db.session.execute(
        sa.insert(ParticipationMove),
        [
            {
                "participation_id": id_,
                "track": Track.STATE,
                "before": State.NOT_INVITED,
                "after": State.INVITED,
                "author": TEAM,
                "channel": Channel.SIMULATION,
                "reason": "Invitation simulée",
                "moved_at": at,
            }
            for id_ in ids
        ],
    )


def _told(value: Told | None) -> Told:
    """What an act of this kind always comes with."""
    if value is None:
        raise ValueError("the step does not say what its act needs")
    return value


def _turn(event: Event, one: Imagined, *, now: datetime) -> None:
    first, last = event.sessions[0], event.sessions[-1]
    match one.turn:
        case Turn.CANCELLED:
            events.cancel(event, reason=one.reason, now=now)
        case Turn.ONE_DATE_CANCELLED:
            events.cancel_sitting(event, last, reason=one.reason, now=now)
        case Turn.POSTPONED | Turn.ONE_DATE_POSTPONED:
            events.postpone_sitting(event, last, moved=_a_week_later(last), reason=one.reason, now=now)
        case Turn.TO_BE_CONFIRMED:
            events.postpone_sitting(event, first, moved=Session(), reason=one.reason, now=now)


def _a_week_later(sitting: Session) -> Session:
    """Same weekday and, as no clock changes in the second half of November, same hour."""
    week = timedelta(days=7)
    return Session(
        starts_on=_told(sitting.starts_on) + week,
        starts_at=_told(sitting.starts_at) + week,
        ends_at=_told(sitting.ends_at) + week,
    )


PROPOSED = (
    *[ProposalState.SUBMITTED] * 4,
    *[ProposalState.TO_CORRECT] * 2,
    *[ProposalState.REVISED] * 2,
)
TO_MEND = "Précisez l’endroit du rendez-vous et l’âge des enfants."


def _propose(stage: _Stage, programme: Sequence[Imagined], now: datetime) -> None:
    """What waits for the team, without the letters: nobody is written to by a demonstration."""
    local = [one for one in programme if one.content.geo_code and one.turn is Turn.AS_PLANNED]
    for rank, (state, one) in enumerate(
        zip(PROPOSED, local[:: len(local) // len(PROPOSED)], strict=False), 1
    ):
        at = now - timedelta(hours=5 * rank)
        is_known = state is ProposalState.REVISED
        told = "nouvel endroit" if is_known else "deuxième groupe"
        content = replace(one.content, title=f"{one.content.title}, {told}"[:80])
        seed = f"demonstration-{rank}"
        proposal = Proposal(
            edition_id=stage.edition.id,
            event_id=stage.events[one.key].id if is_known else None,
            territory_id=stage.territories[content.geo_code].id,
            title=content.title,
            email=content.contact_email,
            content=content.to_json(),
            state=state,
            reason=TO_MEND if state is ProposalState.TO_CORRECT else "",
            link_seed=seed,
            link_hash=hash_token(
                seed
            ),  # of no link yet: `proposals.link_token` makes it when it is asked for
            verified_at=at,
            submitted_at=at,
            decided_at=at if state is ProposalState.TO_CORRECT else None,
            created_at=at,
            updated_at=at,
        )
        step = ProposalMove(at=at, author=TEAM, from_state=None, to_state=state, reason=proposal.reason)
        proposal.moves = [step]
        db.session.add(proposal)


class _Stage:
    """Plays one act after the other on the simulated edition."""

    def __init__(self, edition: Edition, territories: dict[str, Territory]) -> None:
        self.edition = edition
        self.territories = territories
        self.on_stage: dict[str, Participation] = {}
        self.events: dict[str, Event] = {}
        self.names = f"demonstration-{edition.year}"

    def play(self, step: Step) -> None:
        author = AUTHORS[step.channel]
        territory = self.territories[step.geo_code]
        match step.act:
            case Act.REGISTER:
                self._register(step, author)
            case Act.REFLECT:
                participations.reflect(
                    self.edition, territory, decides_on=step.on, author=author, now=step.at
                )
            case Act.DECLINE:
                participations.decline(
                    self.edition, territory, author=author, now=step.at, reason=step.reason
                )
            case Act.MERGE:
                into = participations.claim(
                    self.edition, self.territories[step.into], author=author, now=step.at
                )
                participations.merge(
                    self.on_stage[step.geo_code], into, author=author, now=step.at, reason=step.reason
                )
            case _:
                self._continue(step, self.on_stage[step.geo_code], author)

    def _register(self, step: Step, author: Author) -> None:
        participation = participations.register(
            self.edition,
            self.territories[step.geo_code],
            _told(step.details),
            author=author,
            now=step.at,
            needs_review=step.needs_review,
        )
        if participation.event is not None:
            # A calendar identifier that stays the same each time the demonstration is made anew.
            participation.event.uid = self._uid(step.geo_code)
        self.on_stage[step.geo_code] = participation

    def _uid(self, name: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self.names}-{name}"))

    def tell(self, one: Imagined) -> None:
        """Put an activity in the calendar, and let become of it what was imagined."""
        now, content = one.published_at, one.content
        territory = self.territories[content.geo_code] if content.geo_code else None
        event = activities.create(content, edition=self.edition, territory=territory, now=now)
        self.events[one.key] = event
        event.uid = self._uid(f"activite-{one.key}")
        for sitting in event.sessions[1:]:
            sitting.uid = self._uid(f"activite-{one.key}-{sitting.position}")
        if not content.is_private:
            events.publish(event, now=now)
        if one.turned_at is not None:
            _turn(event, one, now=one.turned_at)

    def _continue(self, step: Step, participation: Participation, author: Author) -> None:
        now, reason = step.at, step.reason
        match step.act:
            case Act.CONFIRM:
                participations.confirm(participation, author=author, now=now, reason=reason)
                if participation.contact is not None and step.channel is not Channel.PHONE:
                    participation.contact.email_verified_at = now
            case Act.POSTPONE:
                participations.postpone(
                    participation, when=_told(step.when), reason=reason, author=author, now=now
                )
            case Act.MOVE_INDOORS:
                participations.move_indoors(
                    participation, place=step.place, reason=reason, author=author, now=now
                )
            case Act.CANCEL_CEREMONY:
                participations.cancel_ceremony(participation, reason=reason, author=author, now=now)
            case Act.CANCEL:
                participations.cancel(participation, reason=reason, author=author, now=now)
            case Act.REINSTATE:
                participations.reinstate(participation, author=author, now=now)
            case Act.DONE:
                participations.mark_held(participation, author=author, now=now, reason=reason)
            case Act.RESOLUTION:
                participations.set_resolution(
                    participation, step.resolution, on=step.on, number=step.number, author=author, now=now
                )
            case Act.KIT:
                participations.set_kit(participation, step.kit, author=author, now=now)
            case _:
                raise ValueError(f"no service for the act « {step.act} »")
