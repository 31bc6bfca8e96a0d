"""What the tour of the pages finds in place: one municipality in each situation, links, letters, accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask import Flask, abort
from sqlalchemy.orm import Session

from campaign import clock
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.agenda import upheavals
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.config import MailTransport, Settings
from campaign.contacts import services as contacts
from campaign.contacts.models import Basis, ContactKind, Purpose
from campaign.contacts.services import ContactDetails, Proof
from campaign.db import transaction
from campaign.events import activities, changes, following, proposals, services, team
from campaign.events.changes import Change
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventAction, EventKind, EventState, Follower, Proposal
from campaign.events.models import Session as EventSession
from campaign.events.vocabulary import ActivityType, Audience, OrganizerKind
from campaign.mailings import queries as mailing_queries
from campaign.mailings import services as mailings
from campaign.mailings import timeline
from campaign.outbox import domain, examination
from campaign.outbox.models import Message, MessageState, Scope
from campaign.outbox.resolving import Dns, open_resolver
from campaign.outbox.services import suppress, unsubscribe, unsubscribe_token
from campaign.participations import letters, links
from campaign.participations import services as participations
from campaign.participations.models import Channel, Participation, State
from campaign.participations.services import Author
from campaign.territory.models import Territory
from campaign.territory.queries import get_territory
from tests.browser.gatherings import set_gatherings
from tests.browser.held import set_held_gathering
from tests.browser.organized import set_organized
from tests.events.activities import content
from tests.outbox.dns_server import Zone, serving

MASCOUCHE = "64015"
"""Raised the flag in an earlier edition, before its town hall, and has not answered this year."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Words that fill the addresses of the scenes: geographic codes, tokens, slugs, numbers."""

    words: Mapping[str, str]

    def address(self, pattern: str) -> str:
        return pattern.format_map(self.words)


def add_error_pages(app: Flask) -> None:
    """Addresses that answer with each error, for the tour only."""

    def fail(status: int) -> str:
        abort(status)

    app.add_url_rule("/essai/<int:status>", "rehearsal", fail)


def sign_in_address(app: Flask, role: Role, *region_codes: str, now: datetime) -> str:
    """The path of a one-time link for somebody of that role."""
    with app.app_context(), transaction():
        user = accounts.save_user(
            f"{role}@exemple.quebec", role, name="Dominique Roy", region_codes=region_codes, now=now
        )
        address = accounts.sign_in_address(accounts.issue_link(user, life=timedelta(hours=1), now=now))
    return address.removeprefix(app.extensions["settings"].public_url)


def set_stage(app: Flask, now: datetime) -> Stage:
    """Add to the demonstration what it lacks, and say where everything is."""
    with app.app_context(), transaction() as session:
        edition = campaigns.current_edition()
        words = {
            "edition": str(edition.number),
            "admin": sign_in_account(now),
            **dict(_towns(session, edition)),
            **dict(_events(session)),
        }
        session.flush()
        words |= dict(_personal_links(session, edition, words, now))
        words |= dict(_letters(session, edition, words, now))
        words |= dict(_proposals(session, edition, now))
        words |= dict(_contacts(session, edition, words, now))
        words |= dict(_proposed(session, edition, words, now))
        words |= dict(_changes(session, edition, words, now))
        words |= dict(set_held_gathering(now))
        words |= dict(set_gatherings(session, now))
        words |= dict(set_organized(session, now))
        _mailings(session, edition)
        _examine_domain(app, now)
        _rewrite(edition, now)
    return Stage(words=words)


def _rewrite(edition: Edition, now: datetime) -> None:
    """Two versions of the words of a mailing, to compare."""
    tools = mailing_queries.get_mailing(edition, "outils")
    for words in ("Tout est prêt {{de_nom}}", "Vos outils sont prêts, {{nom}}"):
        standing = mailings.words_of(tools, edition)[""].french
        text = replace(standing, subject=words, body=f"{words}.\n\n{standing.body}")
        mailings.write_text(tools, text, variant="", language="fr", author="Jeanne Tremblay", now=now)


def sign_in_account(now: datetime) -> str:
    """An account that nobody uses, to look at."""
    user = accounts.save_user(
        "coordination@exemple.quebec", Role.COORDINATOR, name="Camille Côté", region_codes=["01"], now=now
    )
    return str(user.id)


def find_territory(session: Session, geo_code: str) -> Territory:
    return session.scalars(sa.select(Territory).where(Territory.geo_code == geo_code)).one()


def _towns(session: Session, edition: Edition) -> Iterator[tuple[str, str]]:
    """One municipality in each state of the simulated edition, with its ceremony where there is one."""
    codes = dict[str, str]()
    for state, geo_code in session.execute(
        sa.select(Participation.state, Territory.geo_code)
        .join(Territory, Participation.territory_id == Territory.id)
        .where(Participation.edition_id == edition.id)
        .where(Participation.needs_review.is_(False), Territory.is_local)
        .order_by(Participation.event_id.is_(None), Territory.geo_code)
    ):
        codes.setdefault(State(state).name.lower(), geo_code)
    yield from codes.items()
    yield (
        "to_review",
        session.scalars(
            sa.select(Territory.geo_code)
            .join(Participation, Participation.territory_id == Territory.id)
            .where(Participation.needs_review, Participation.state == State.REGISTERED)
            .limit(1)
        ).one(),
    )
    yield (
        "with_past",
        session.scalars(
            sa.select(Territory.geo_code)
            .join(Participation, Participation.territory_id == Territory.id)
            .group_by(Territory.geo_code)
            .order_by(sa.func.count().desc())
            .limit(1)
        ).one(),
    )
    yield "city", "66023"


def _events(session: Session) -> Iterator[tuple[str, str]]:
    """A ceremony planned, postponed, cancelled, moved indoors, and held; an activity of several dates."""
    public = sa.select(Event.slug).where(Event.is_published).order_by(Event.id).limit(1)
    for state in (EventState.PLANNED, EventState.POSTPONED, EventState.CANCELLED, EventState.HELD):
        yield f"event_{state.name.lower()}", session.scalars(public.where(Event.state == state)).one()
    yield "event_indoors", session.scalars(public.where(Event.is_indoors)).one()
    several = public.join(Event.sessions).where(EventSession.position == 2)
    yield "event_several", session.scalars(several).one()


def _personal_links(
    session: Session, edition: Edition, words: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, str]]:
    for name in ("confirmed", "registered", "cancelled", "undecided", "declined", "invited", "to_review"):
        territory = find_territory(session, words[name])
        yield f"link_{name}", links.issue(edition, territory, now=now)
    yield "link_renewing", links.issue(edition, find_territory(session, MASCOUCHE), now=now)
    registered = find_participation(session, words["registered"], edition)
    yield "proof", links.ask_proof(registered, _email_of(registered), now=now)
    user = accounts.save_user("personne@exemple.quebec", Role.VIEWER, name="Sacha Gagnon", now=now)
    yield "sign_in", accounts.issue_link(user, life=timedelta(hours=1), now=now)


def _proposals(session: Session, edition: Edition, now: datetime) -> Iterator[tuple[str, str]]:
    """What somebody proposed for the calendar, in each of its states."""
    me, reader = proposals.PROPOSER, "Dominique Roy"
    for state in ("draft", "submitted", "sent_back", "published", "revised", "called_off", "withdrawn"):
        told = content(title=f"Heure du conte ({state})")
        town = find_territory(session, told.geo_code)
        one, token = proposals.submit(
            told, edition=edition, territory=town, email=told.contact_email, now=now
        )
        yield f"proposal_{state}", token
        if state != "draft":
            proposals.verify(one, now=now)
        if state in ("published", "revised", "called_off"):
            proposals.approve(one, author=reader, now=now)
        if state == "sent_back":
            proposals.send_back(one, reason="l’heure de fin manque.", author=reader, now=now)
        if state == "revised":
            proposals.edit(one, replace(told, place="Parc"), picture=None, author=me, now=now)
        if state in ("called_off", "withdrawn"):
            proposals.give_up(one, reason="La conteuse est malade", author=me, now=now)


def find_participation(session: Session, geo_code: str, edition: Edition) -> Participation:
    found = participations.find_participation(edition.id, find_territory(session, geo_code).id)
    assert found is not None
    return found


def _email_of(participation: Participation) -> str:
    return participation.contact.email if participation.contact else participation.territory.email


def _letters(
    session: Session, edition: Edition, words: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, str]]:
    """A letter in each situation that a page tells apart."""
    confirmed = find_participation(session, words["confirmed"], edition)
    letters.confirm_registration(confirmed, "un-lien-pour-la-visite", now=now)
    for code, state, error in (
        (words["registered"], MessageState.FAILED, "Le serveur ne répond pas."),
        (words["cancelled"], MessageState.UNCERTAIN, "L’envoi a été interrompu."),
        (words["undecided"], MessageState.BOUNCED, "550 5.1.1 User unknown"),
    ):
        territory = find_territory(session, code)
        to = territory.email or "mairie@exemple.quebec"
        letters.send_link(edition, territory, f"jeton-{code}", to=to, now=now)
        session.flush()
        message = session.scalars(sa.select(Message).order_by(Message.id.desc()).limit(1)).one()
        message.state, message.last_error = state, error
        yield f"message_{state.name.lower()}", str(message.id)
        if state is MessageState.BOUNCED:
            suppress(to, "550 5.1.1 User unknown", now)
    sent = session.scalars(sa.select(Message).order_by(Message.id).limit(1)).one()
    sent.state, sent.sent_at = MessageState.SENT, now
    yield "message_sent", str(sent.id)


def _contacts(
    session: Session, edition: Edition, words: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, str]]:
    """A director of two municipalities, somebody who refused everything, and links to leave."""
    director, *_ = contacts.add_contact(
        ContactDetails(
            kind=ContactKind.MUNICIPAL,
            email="direction@exemple.quebec",
            first_name="Réal",
            last_name="D’Astous",
            role="Directeur général",
            phone="4185550142",
            territories=(
                find_territory(session, words["confirmed"]),
                find_territory(session, words["invited"]),
            ),
            source="Appel de septembre",
        ),
        author="Camille Côté",
        now=now,
    )
    contacts.record_consent(
        director.email,
        purpose=Purpose.NEWSLETTER,
        basis=Basis.EXPRESS,
        since=now,
        proof=Proof(form="Formulaire papier", source="Rencontre de Rimouski", author="Camille Côté"),
        contact=director,
    )
    barred, *_ = contacts.add_contact(
        ContactDetails(
            kind=ContactKind.ORGANIZATION,
            email="maison-de-la-famille-de-la-haute-cote-nord@exemple.quebec",
            organization="Maison de la famille de la Haute-Côte-Nord",
            source="Liste de 2025",
        ),
        author="Camille Côté",
        now=now,
    )
    contacts.bar(barred.email, author="Camille Côté", now=now, reason="Dit au téléphone")
    unsubscribe(barred.email, scope=Scope.ALL, origin="Page de désabonnement", now=now)
    yield "contact", str(director.id)
    yield "contact_barred", str(barred.id)
    yield "leave", unsubscribe_token(director.email, str(edition.number), now=now)
    yield "left", unsubscribe_token(barred.email, str(edition.number), now=now)


def _proposed(
    session: Session, edition: Edition, words: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, str]]:
    """An activity in the calendar and changed since, one that waits and looks like it, one sent back, one
    that waits for too long; a training whose month alone is known, and a private meeting."""
    told = ActivityContent(
        title="Heure du conte en pyjama",
        description="Des histoires à partager.\n\nApportez une doudou.",
        activity_type=ActivityType.STORY_TIME,
        organizer_name="Bibliothèque de la Haute-Côte-Nord",
        organizer_kind=OrganizerKind.LIBRARY,
        sittings=(Sitting(day=edition.start_on or now.date(), starts=time(10), ends=time(11)),),
        place="Bibliothèque, 12, rue Principale",
        geo_code=words["confirmed"],
        audiences=(Audience.TODDLERS, Audience.PARENTS),
        contact_email="biblio@exemple.quebec",
    )
    places = {
        "published": told,
        "submitted": told,
        "sent_back": replace(told, title="Marche des poussettes", activity_type=ActivityType.WALK),
        "late": replace(told, title="Atelier de gigue", organizer_name="Maison de la famille"),
    }
    found = {name: _proposal(edition, content, now) for name, content in places.items()}
    proposals.approve(found["published"], author="Camille Côté", now=now)
    changed = replace(told, title="Heure du conte", place="Au parc", is_contact_public=True, audiences=())
    proposals.edit(found["published"], changed, picture=None, author=proposals.PROPOSER, now=now)
    proposals.send_back(found["sent_back"], reason="l’heure manque", author="Camille Côté", now=now)
    found["late"].submitted_at = now - timedelta(days=9)
    yield from ((f"file_{name}", str(proposal.id)) for name, proposal in found.items())
    yield "activity", str(found["published"].event_id)
    training = replace(told, title="Formation en deux temps", kind=EventKind.TRAINING, sittings=())
    meeting = replace(told, title="Rencontre des partenaires", kind=EventKind.MEETING, is_private=True)
    for name, said, month_on in (
        ("month_training", training, date(edition.year + 1, 2, 1)),
        ("meeting", meeting, None),
    ):
        event = team.create(
            said,
            edition=edition,
            territory=find_territory(session, words["confirmed"]),
            month_on=month_on,
            form_token=name,
            now=now,
        )
        yield name, str(event.id)
    yield (
        "ceremony",
        str(session.scalars(sa.select(Event.id).where(Event.slug == words["event_planned"])).one()),
    )


def _changes(
    session: Session, edition: Edition, words: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, str]]:
    """A day of storm in a region, what was changed together, and somebody who asked to be told."""
    day = clock.today(now) + timedelta(days=2)
    town = find_territory(session, words["confirmed"])
    for title in ("Bricolage de flocons", "Marche dans la neige"):
        told = content(title=title, geo_code=town.geo_code, sittings=(Sitting(day=day, starts=time(10)),))
        event = activities.create(told, edition=edition, territory=town, now=now)
        services.publish(event, now=now)
        session.flush()
    following.follow(changes.get_event(event.id), "famille@exemple.quebec", now=now)
    session.flush()
    follower = session.scalars(sa.select(Follower)).one()
    yield "event_followed", event.slug
    yield "to_change", str(event.id)
    planned = sa.select(Event.id).where(Event.slug == words["event_planned"])
    yield "ceremony_planned", str(session.scalars(planned).one())
    yield "follow", following.link_of(follower, event).rpartition("/")[2]
    yield "storm", f"since={day}&gesture=reporter-jours&days=1&reason=Neige&tell=1"
    area = upheavals.Area(since=day, until=day)
    change = Change(action=EventAction.POSTPONE, days=1, reason="Tempête de neige")
    seen = upheavals.plan(edition, area, change, regions=None, now=now)
    asked = {line.event.id: changes.stamp_of(line.event) for line in seen.possible[:1]}
    author = Author(name="Camille Côté", channel=Channel.TEAM, is_team=True)
    batch = "tempete-de-novembre-2026"
    upheavals.apply(asked, area, change, batch=batch, regions=None, author=author, now=now)
    yield "batch", batch


def _proposal(edition: Edition, content: ActivityContent, now: datetime) -> Proposal:
    proposal, _token = proposals.submit(
        content,
        edition=edition,
        territory=get_territory(content.geo_code),
        email=content.contact_email,
        now=now,
    )
    proposals.verify(proposal, now=now)
    return proposal


def _mailings(session: Session, edition: Edition) -> None:
    """One that leaves, with letters in each state; one late, one held, one to come; the others are drafts."""
    keys = ("invitation", "rappel-1", "rappel-2", "trousse-dernier-jour")
    invitation, late, held, _ = chosen = [mailing_queries.get_mailing(edition, key) for key in keys]
    for mailing in chosen:
        moment = timeline.moment_of(mailing, edition).instant
        assert moment is not None
        mailings.schedule(mailing, edition, author="Camille Côté", now=moment - timedelta(days=1))
        if mailing is invitation:
            while mailings.advance(mailing.id, now=moment):
                pass
        if mailing is late:
            mailings.advance(mailing.id, now=moment + timedelta(days=7))
        if mailing is held:
            mailings.pause(mailing, author="Camille Côté", reason="L’objet est à relire.", now=moment)
    batch = mailings.batch_of(invitation)
    letters_of_it = session.scalars(sa.select(Message).where(Message.batch == batch).order_by(Message.id))
    for message, state in zip(
        letters_of_it, [state for state in MessageState for _ in range(3)], strict=False
    ):
        message.state = state


def _examine_domain(app: Flask, now: datetime) -> None:
    """A sending domain with something to publish, found later than now: the tour outlasts ten minutes."""
    zone = Zone()
    zone.txt("semaine.quebec", "v=spf1 mx ?all")
    zone.txt("s1._domainkey.semaine.quebec", "v=DKIM1; k=rsa; p=" + "A" * 380)
    zone.add("semaine.quebec", "MX", "10 courriel.semaine.quebec.")
    settings: Settings = replace(
        app.extensions["settings"],
        mail_transport=MailTransport.SENDGRID,
        mail_from="Grande semaine des tout-petits <bonjour@semaine.quebec>",
    )
    with serving(zone) as server:
        health = domain.examine(settings, Dns(open_resolver(server)))
    examination.keep(health, settings, now=now + timedelta(hours=2))
    app.extensions["settings"] = settings
