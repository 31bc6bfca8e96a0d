"""The gatherings that the partners' documents tell, fact by fact; and the one that takes registrations."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session as OrmSession

from campaign.db import db, key_of, transaction
from campaign.events import planning
from campaign.events.documents import calendar_entry
from campaign.events.models import Event, EventKind, ItemKind
from campaign.events.programme import programme_of
from campaign.events.sheet import sheet_of
from campaign.events.vocabulary import Format
from campaign.outbox.models import Message
from campaign.registrations import capacity, cloning, examples, organizing, services, tickets
from campaign.registrations import queries as registrations
from campaign.registrations.answers import PersonAnswers, RegistrationAnswers
from campaign.registrations.models import Attendee, AttendeeChoice, PoolKind, Registration, RegistrationState
from tests import builders
from tests.builders import NOW
from tests.pages import Client

pytestmark = pytest.mark.usefixtures("directory")


def register(event: Event, **choices: Any) -> Registration:
    person = PersonAnswers(first_name="Ève", last_name="Côté", email="eve@exemple.quebec", **choices)
    answers = RegistrationAnswers(name="Ève Côté", email=person.email, people=(person,))
    rules = registrations.get_rules(key_of(event))
    return services.register(rules, answers, form_token=None, now=NOW, by_team="Équipe")


def told(event: Event) -> Event:
    db.session.flush()
    return planning.get_event(key_of(event), locked=True)


# --- the pre-launch of 2023 ---------------------------------------------------------------------------


def test_the_pre_launch_has_six_parts_in_order(session: OrmSession) -> None:
    event = told(examples.pre_launch(builders.edition(), now=NOW))

    (sitting,) = programme_of(event)

    assert [item.kind for item in sitting.items] == [
        "Allocution", "Conférence", "Conférence", "Présentation", "Conférence", "Conférence",
    ]  # fmt: skip
    assert [item.who.split(",")[0] for item in sitting.items] == [
        "Elise Bonneville", "Ziba Vaghri", "Christian Whalen", "Suzanne Arpin", "Julie Cailliau",
        "Médéric Sioui",
    ]  # fmt: skip
    assert sitting.items[1].who == (
        "Ziba Vaghri, professeur agrégé, Chaire de recherche sur les droits de l’enfant et le développement "
        "de l’enfant, Université du Nouveau-Brunswick, Saint John"
    )
    assert "Isabelle Craig" in event.description
    assert (event.kind, event.series_number) == (EventKind.LAUNCH, 2)


# --- the training of 2021-22 --------------------------------------------------------------------------


def test_the_training_gives_two_groups_of_two_dates(session: OrmSession) -> None:
    event = told(examples.training(builders.edition(), now=NOW))

    days = {
        group.name: [one.starts_on for one in event.sessions if one.cohort_id == group.id]
        for group in event.cohorts
    }

    assert days == {
        "Groupe 1": [date(2021, 12, 15), date(2022, 2, 16)],
        "Groupe 2": [date(2021, 12, 22), date(2022, 3, 23)],
    }
    assert [limit.capacity for limit in organizing.list_limits(event)] == [None, 20, 20]


def test_one_choice_of_group_is_two_dates_and_never_those_of_the_other(session: OrmSession) -> None:
    event = told(examples.training(builders.edition(), now=NOW))
    second = event.cohorts[1]
    registration = register(event, cohort_id=second.id)

    attended = tickets.sittings_of(registration.attendees[0], event)
    assert [one.starts_on for one in attended] == [date(2021, 12, 22), date(2022, 3, 23)]


# --- the regional event of October 2022 ---------------------------------------------------------------


def test_the_regional_event_has_two_days_and_parallel_workshops_with_seats(session: OrmSession) -> None:
    event = told(examples.regional_event(builders.edition(), now=NOW))

    workshops = [(one.starts_on, one.block, one.capacity) for one in event.sessions if one.block]

    assert {one.starts_on for one in event.sessions} == {date(2022, 10, 13), date(2022, 10, 14)}
    assert Counter((day, block) for day, block, _seats in workshops) == {
        (date(2022, 10, 13), "Ateliers du 13 octobre"): 2,
        (date(2022, 10, 14), "Ateliers du 14 octobre"): 2,
    }
    pools = {
        one.target: one.capacity for one in capacity.list_pools(event.id) if one.kind is PoolKind.SESSION
    }
    assert sorted(seats for seats in pools.values() if seats) == [25, 25, 30, 30]
    assert event.series_number == 4
    assert len(sheet_of(event, None, now=NOW).dates) == 2
    assert Counter(item.kind for one in event.sessions for item in one.programme) == {
        ItemKind.PANEL: 2,
        ItemKind.TALK: 1,
    }


# --- five meetings of a working year ------------------------------------------------------------------


def test_two_of_five_meetings_are_known_by_their_month_alone(session: OrmSession) -> None:
    event = told(examples.year_of_meetings(builders.edition(), now=NOW))

    lines = [line.day for line in sheet_of(event, None, now=NOW).dates]
    entries = [calendar_entry(event, None, "https://exemple.quebec", sitting=one) for one in event.sessions]

    assert sorted(line for line in lines if "à confirmer" not in line) == [
        "jeudi 16\u00a0décembre\u00a02021",
        "mardi 28\u00a0septembre\u00a02021",
        "mercredi 17\u00a0novembre\u00a02021",
    ]
    assert [line for line in lines if "à confirmer" in line] == [
        "en février\u00a02022 (date à confirmer)",
        "en mai\u00a02022 (date à confirmer)",
    ]
    assert [entry is not None for entry in entries] == [True, True, True, False, False]


def test_a_presentation_that_is_not_sure_is_announced_with_the_mention(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        slug = examples.year_of_meetings(builders.edition(), now=NOW).slug

    page = client.visit(f"/evenements/{slug}")

    (unsure,) = [line for line in page.texts(".planned__items li") if "Commission Laurent" in line]
    assert "à confirmer" in unsure
    assert [
        line for line in page.texts(".planned__items li") if "Caroline White" in line and "confirmer" in line
    ] == []


def test_moving_one_meeting_leaves_the_others(session: OrmSession) -> None:
    event = told(examples.year_of_meetings(builders.edition(), now=NOW))
    before = [(one.uid, one.starts_on, one.sequence) for one in event.sessions]
    row = event.sessions[2]

    plan = planning.SittingPlan(day=date(2021, 12, 17))
    planning.change_sitting(event, row, plan, now=NOW)

    after = [(one.uid, one.starts_on, one.sequence) for one in event.sessions]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, False, True, True]
    assert after[2][:2] == (before[2][0], date(2021, 12, 17))


# --- five committee meetings, hour by hour ------------------------------------------------------------


def test_the_committee_meets_five_times_at_the_hours_that_were_told(session: OrmSession) -> None:
    event = told(examples.committee(builders.edition(), now=NOW))

    assert [(one.starts_at, one.ends_at) for one in event.sessions] == [
        (datetime(2021, 8, 25, 13, tzinfo=UTC), datetime(2021, 8, 25, 15, tzinfo=UTC)),
        (datetime(2021, 9, 8, 14, tzinfo=UTC), datetime(2021, 9, 8, 16, tzinfo=UTC)),
        (datetime(2021, 9, 30, 14, 30, tzinfo=UTC), datetime(2021, 9, 30, 16, tzinfo=UTC)),
        (datetime(2021, 10, 20, 17, 30, tzinfo=UTC), datetime(2021, 10, 20, 19, tzinfo=UTC)),
        # Four days before the clocks change: still four hours behind.
        (datetime(2021, 11, 3, 13, 30, tzinfo=UTC), datetime(2021, 11, 3, 15, tzinfo=UTC)),
    ]
    assert [line.text for line in sheet_of(event, None, now=NOW).dates] == [
        "mercredi 25\u00a0août\u00a02021, de 9\u00a0h à 11\u00a0h",
        "mercredi 8\u00a0septembre\u00a02021, de 10\u00a0h à 12\u00a0h",
        "jeudi 30\u00a0septembre\u00a02021, de 10\u00a0h\u00a030 à 12\u00a0h",
        "mercredi 20\u00a0octobre\u00a02021, de 13\u00a0h\u00a030 à 15\u00a0h",
        "mercredi 3\u00a0novembre\u00a02021, de 9\u00a0h\u00a030 à 11\u00a0h",
    ]
    assert (event.is_private, event.is_published) == (True, False)


PUBLIC_ADDRESSES = (
    "/",
    "/calendrier?q=comite",
    "/calendrier?q=comite&passees=1",
    "/calendrier?vue=mois&mois=2021-10",
    "/calendrier.ics",
    "/calendrier.ics?region=03",
    "/calendrier/region/03.ics",
    "/calendrier.atom",
    "/calendrier/encart?region=03",
    "/donnees",
    "/donnees/evenements.csv",
    "/donnees/evenements.json",
    "/donnees/evenements.geojson",
    "/municipalites/recherche?q=comite",
)


def test_the_committee_leaks_nowhere(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        edition = builders.edition()
        hidden = examples.committee(edition, now=NOW)
        shown = examples.virtual_gathering(edition, now=NOW)
        slug, uids, seen = (
            hidden.slug,
            [hidden.uid, *(one.uid for one in hidden.sessions if one.uid)],
            shown.title,
        )

    bodies = {address: client.get(address).get_data(as_text=True) for address in PUBLIC_ADDRESSES}
    own = {
        address: client.get(address).status_code
        for address in (
            f"/evenements/{slug}",
            f"/evenements/{slug}.ics",
            f"/evenements/{slug}/affiche.pdf",
            f"/evenements/{slug}/qr.svg",
            f"/evenements/{slug}/image.png",
            f"/evenements/{slug}/suivre",
            f"/evenements/{slug}/inscription",
        )
    }

    secrets = ["Comité organisateur", slug, *uids]
    assert {a: s for a, body in bodies.items() for s in secrets if s in body.replace("\r\n ", "")} == {}
    assert any(seen in body.replace("\r\n ", "") for body in bodies.values())  # what is public is there
    assert set(own.values()) == {404}


# --- online, and the tour -----------------------------------------------------------------------------


def test_only_people_registered_see_the_link_of_the_virtual_gathering(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        event = told(examples.virtual_gathering(builders.edition(), now=NOW))
        slug = event.slug
        assert event.details is not None
        link, format_ = event.details.online_url, event.details.format
        registration = register(event)
        known = [
            tickets.told(event, one).online_url
            for one in tickets.sittings_of(registration.attendees[0], event)
        ]

    addresses = (
        f"/evenements/{slug}",
        f"/evenements/{slug}.ics",
        "/calendrier.ics",
        "/donnees/evenements.json",
    )
    bodies = [client.get(address).get_data(as_text=True) for address in addresses]

    assert (format_, known) == (Format.ONLINE, [link])
    assert [link in body.replace("\r\n ", "") for body in bodies] == [False] * 4


def test_the_tour_has_seven_stops_in_one_series_each_with_its_registration(session: OrmSession) -> None:
    towns = {code: builders.territory(code) for _place, code in examples.STOPS if code}

    stops = examples.tour(builders.edition(), towns, date(2027, 9, 13), now=NOW)

    assert [one.series_number for one in stops] == [1, 2, 3, 4, 5, 6, 7]
    assert len({one.series_id for one in stops}) == 1
    assert all(registrations.find_rules(key_of(one)) is not None for one in stops)
    assert [one.territory_id is None for one in stops] == [False] * 5 + [True] * 2
    assert [one.sessions[0].starts_on for one in stops] == [
        date(2027, 9, 13) + timedelta(weeks=n) for n in range(7)
    ]


# --- another one like it ------------------------------------------------------------------------------


def test_a_copy_has_everything_but_the_people(session: OrmSession) -> None:
    edition = builders.edition()
    event = told(examples.regional_event(edition, now=NOW))

    twin = cloning.clone(
        event, edition=edition, title="5e édition", first_on=date(2027, 10, 7), form_token="x", now=NOW
    )
    again = cloning.clone(
        event, edition=edition, title="5e édition", first_on=date(2027, 10, 7), form_token="x", now=NOW
    )

    assert again.id == twin.id
    assert {one.starts_on for one in twin.sessions} == {date(2027, 10, 7), date(2027, 10, 8)}
    assert [(one.title, one.block, one.capacity) for one in twin.sessions] == [
        (one.title, one.block, one.capacity) for one in event.sessions
    ]
    assert [item.title for one in twin.sessions for item in one.programme] == [
        item.title for one in event.sessions for item in one.programme
    ]
    assert not any(item.is_confirmed for one in twin.sessions for item in one.programme)
    assert (twin.is_published, twin.uid == event.uid, twin.series_id) == (False, False, event.series_id)
    rules = registrations.get_rules(key_of(twin))
    assert rules.closes_at == datetime(2027, 10, 2, 4, tzinfo=UTC)  # the same distance to the first day
    assert organizing.told_of(rules).seats == 120


def test_a_copy_of_a_training_keeps_its_groups(session: OrmSession) -> None:
    edition = builders.edition()
    event = told(examples.training(edition, now=NOW))

    twin = cloning.clone(
        event, edition=edition, title="Formation", first_on=date(2027, 12, 15), form_token="y", now=NOW
    )

    names = {group.id: group.name for group in twin.cohorts}
    assert [(names[one.cohort_id or 0], one.starts_on) for one in twin.sessions] == [
        ("Groupe 1", date(2027, 12, 15)),
        ("Groupe 1", date(2028, 2, 16)),
        ("Groupe 2", date(2027, 12, 22)),
        ("Groupe 2", date(2028, 3, 22)),
    ]


# --- the one that takes registrations -----------------------------------------------------------------


def test_the_open_gathering_is_full_and_some_wait_in_order(session: OrmSession) -> None:
    names = (("Amélie", "Benoît", "Léa", "Réal"), tuple(f"Beaupavois-{n}" for n in range(60)))
    event = examples.open_gathering(builders.edition(), builders.territory("23027"), names, now=NOW)
    event = told(event)

    limits = {limit.name: (limit.taken, limit.capacity) for limit in organizing.list_limits(event)}
    waiting = organizing.list_waiting(key_of(event))

    assert limits["Tout l’événement"] == (120, 120)
    assert [one.rank for one in waiting] == list(range(1, 9))
    assert {one.state for one in organizing.count_by_state(key_of(event))} >= {
        RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.CANCELLED,
    }  # fmt: skip
    chosen = Counter(
        session.scalars(
            sa.select(AttendeeChoice.session_id)
            .join(Attendee, Attendee.id == AttendeeChoice.attendee_id)
            .join(Attendee.registration)
            .where(Registration.state == RegistrationState.CONFIRMED)
        )
    )
    taken = {
        int(one.target): one.taken
        for one in capacity.list_pools(key_of(event))
        if one.kind is PoolKind.SESSION
    }
    assert {number: count for number, count in taken.items() if count} == dict(chosen)
    assert organizing.list_sensitive(key_of(event))[0].counts[0] == ("Végétarienne", 4)
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 0
