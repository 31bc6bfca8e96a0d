"""Several dates of one activity in calendars: each lives its life, none vanishes, all keep their name."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.db import transaction
from campaign.events import activities as content_of_events
from campaign.events import services
from campaign.events.content import Sitting
from campaign.events.models import Event, EventDetails, EventState, Opening, Picture, Session
from campaign.events.vocabulary import Format, Theme
from tests import builders
from tests.agenda import strict
from tests.agenda.honest import Subscriber
from tests.builders import DAY_J, NOW
from tests.events import activities
from tests.pages import Client

pytestmark = pytest.mark.usefixtures("directory")

DATES = tuple(Sitting(day=DAY_J + timedelta(days=n), starts=time(10), ends=time(11)) for n in range(3))
FEED = "/calendrier.ics"


@pytest.fixture
def subscriber(app: Flask, client: Client) -> Subscriber:
    """Somebody who follows the whole calendar, where one activity has three dates."""
    with app.app_context(), transaction():
        activities.publish(activities.content(sittings=DATES))
    follower = Subscriber(client, FEED)
    follower.refresh()
    return follower


def loaded() -> sa.Select[Event]:
    return sa.select(Event).options(
        selectinload(Event.sessions),
        joinedload(Event.territory),
        joinedload(Event.details).joinedload(EventDetails.organizer),
    )


def change(app: Flask, act: Callable[[Event, Session], None], which: int = 1) -> str:
    """Do something to one date of the activity; gives the UID of that date."""
    with app.app_context(), transaction() as session:
        event = session.scalars(loaded()).one()
        sitting = event.sessions[which]
        act(event, sitting)
        return sitting.uid or event.uid


def move(event: Event, sitting: Session) -> None:
    day = DAY_J + timedelta(days=30)
    moved = Session(starts_on=day, starts_at=clock.to_utc(day, time(14), event.time_zone))
    services.postpone_sitting(event, sitting, moved=moved, reason="Tempête", now=NOW + timedelta(hours=1))


def leave_open(event: Event, sitting: Session) -> None:
    services.postpone_sitting(event, sitting, moved=Session(), reason="Grève", now=NOW + timedelta(hours=1))


def cancel(event: Event, sitting: Session) -> None:
    services.cancel_sitting(event, sitting, reason="Panne", now=NOW + timedelta(hours=2))


def reinstate(event: Event, sitting: Session) -> None:
    services.reinstate_sitting(sitting, now=NOW + timedelta(hours=3))


def uids(app: Flask) -> list[str]:
    with app.app_context(), transaction() as session:
        event = session.scalars(loaded()).one()
        return [sitting.uid or event.uid for sitting in event.sessions]


def test_each_date_is_an_entry_of_its_own(app: Flask, subscriber: Subscriber) -> None:
    assert list(subscriber.entries) == uids(app)
    assert [entry.start.date() for entry in subscriber.entries.values()] == [each.day for each in DATES]


@pytest.mark.parametrize("act", [move, leave_open, cancel])
@pytest.mark.parametrize("which", [0, 1])
def test_what_happens_to_a_date_changes_that_entry_alone(
    app: Flask, subscriber: Subscriber, act: Callable[[Event, Session], None], which: int
) -> None:
    before = {uid: entry.to_ical() for uid, entry in subscriber.entries.items()}
    written = app.extensions["feeds"].fragments.written
    uid = change(app, act, which)

    changed = subscriber.refresh()

    after = {uid: entry.to_ical() for uid, entry in subscriber.entries.items()}
    assert changed == {uid}
    assert {each for each in after if after[each] != before[each]} == {uid}
    # The dates of one event are read together, and their text with them; no other event's is.
    assert app.extensions["feeds"].fragments.written == written + len(DATES)
    assert subscriber.refresh() is None


def test_a_date_postponed_to_an_unknown_day_keeps_its_place_as_called_off(
    app: Flask, client: Client, subscriber: Subscriber
) -> None:
    noted = subscriber.entries[uids(app)[1]].start
    uid = change(app, leave_open)
    subscriber.refresh()

    assert subscriber.says(uid) == (
        "CANCELLED",
        "REPORTÉ – Heure du conte en pyjama (date à confirmer)",
    )
    assert subscriber.entries[uid].start == noted
    change(app, cancel)
    subscriber.refresh()
    assert subscriber.says(uid) == ("CANCELLED", "ANNULÉ – Heure du conte en pyjama")
    assert subscriber.entries[uid].start == noted


def test_an_honest_subscriber_follows_a_date_from_change_to_change(
    app: Flask, subscriber: Subscriber
) -> None:
    told = []
    for act in (move, cancel, reinstate):
        uid = change(app, act)
        assert subscriber.refresh() == {uid}
        told.append((subscriber.says(uid)[0], subscriber.entries[uid].start.date()))

    moved = DAY_J + timedelta(days=30)
    assert told == [("CONFIRMED", moved), ("CANCELLED", moved), ("CONFIRMED", moved)]


def test_a_change_of_the_whole_activity_changes_all_its_dates(app: Flask, subscriber: Subscriber) -> None:
    change(app, lambda event, _sitting: services.cancel(event, reason="Deuil", now=NOW + timedelta(days=1)))

    assert subscriber.refresh() == set(uids(app))
    assert {subscriber.says(uid)[0] for uid in uids(app)} == {"CANCELLED"}


def test_a_date_that_leaves_what_is_asked_stays_with_who_had_noted_it(
    app: Flask, client: Client, subscriber: Subscriber
) -> None:
    week = Subscriber(client, f"{FEED}?du={DAY_J}&au={DAY_J + timedelta(days=6)}")
    week.refresh()
    uid = change(app, move)

    assert week.refresh() == {uid}
    assert len(week.entries) == len(DATES)


def test_a_date_not_known_yet_is_in_no_feed(app: Flask, client: Client, subscriber: Subscriber) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(loaded()).one()
        event.sessions.append(Session(position=9, uid="attendue", sequence=0))
    subscriber.refresh()

    assert "attendue" not in subscriber.entries


def test_the_single_file_has_the_same_entries(app: Flask, client: Client, subscriber: Subscriber) -> None:
    change(app, leave_open)
    subscriber.refresh()
    with app.app_context(), transaction() as session:
        slug = session.scalars(loaded()).one().slug
    alone = Calendar.from_ical(client.get(f"/evenements/{slug}.ics").data).walk("VEVENT")

    assert {str(event["UID"]): event.to_ical() for event in alone} == {
        uid: entry.to_ical() for uid, entry in subscriber.entries.items()
    }


def test_the_past_and_what_is_called_off_stay_sixty_days_at_least(
    app: Flask, client: Client, subscriber: Subscriber
) -> None:
    change(app, cancel, 0)
    change(app, leave_open, 1)
    with clock.pretend(clock.to_utc(DAY_J + timedelta(days=63), time(12), clock.EASTERN)):
        subscriber.refresh()
        kept = dict(subscriber.entries)
    with clock.pretend(clock.to_utc(DAY_J + timedelta(days=370), time(12), clock.EASTERN)):
        subscriber.refresh()

    assert len(kept) == len(DATES)
    assert subscriber.entries == {}


def test_what_a_region_offers_as_a_whole_is_in_its_feed(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        activities.publish(activities.content(title="Journée", geo_code="", region_code="02"))

    for address, is_there in (("/calendrier/region/02.ics", True), ("/calendrier/region/11.ics", False)):
        assert ("SUMMARY:Journée" in client.get(address).text) is is_there


# --- what an entry says ---------------------------------------------------------------------------


def entries(client: Client) -> Iterator[strict.Component]:
    calendar = strict.parse(client.get(FEED).data)
    return (part for part in calendar.parts if part.name == "VEVENT")


def test_an_entry_says_what_people_ask_before_they_come(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        activities.publish(
            activities.content(
                format=Format.HYBRID,
                online_url="https://exemple.quebec/salle",
                themes=(Theme.READING, Theme.PLAY),
                registration="Par téléphone",
                max_participants=20,
                rain_plan="Au sous-sol",
                hashtags="#tout-petits",
                contact_name="Rose",
                is_contact_public=True,
            )
        )

    (entry,) = entries(client)

    nbsp = "\u00a0"
    assert entry.text("DESCRIPTION").split("\n") == [
        "Ouvert au public.",
        "Des histoires à partager, une doudou à la main.",
        f"Pour{nbsp}: 3-5 ans, Parents",
        f"Coût{nbsp}: Gratuit",
        f"Inscription{nbsp}: Par téléphone",
        f"Places{nbsp}: 20",
        f"Langue{nbsp}: Français",
        f"En ligne{nbsp}: https://exemple.quebec/salle",
        f"En cas de pluie{nbsp}: Au sous-sol",
        f"Organisation{nbsp}: Bibliothèque d’Hébertville",
        f"Pour nous joindre{nbsp}: Rose, biblio@exemple.quebec",
        "#tout-petits",
        "http://localhost/evenements/heure-du-conte-en-pyjama-hebertville",
    ]
    assert entry.text("LOCATION") == "Bibliothèque municipale, Hébertville, et en ligne"
    assert entry.all("CATEGORIES")[0].value == "Heure du conte,Lecture et contes,Jeu"
    (conference,) = entry.all("CONFERENCE")
    assert (conference.value, conference.parameters["FEATURE"]) == ("https://exemple.quebec/salle", "VIDEO")


@pytest.mark.parametrize(
    "changes",
    [{"opening": opening} for opening in Opening if opening is not Opening.PUBLIC]
    + [{"is_online_url_public": False}],
    ids=str,
)
def test_the_way_into_what_is_not_for_everybody_is_never_told(
    app: Flask, client: Client, changes: dict[str, object]
) -> None:
    with app.app_context(), transaction():
        told = activities.content(
            format=Format.ONLINE, place="", online_url="https://exemple.quebec/salle", **changes
        )
        activities.publish(told)

    text = client.get(FEED).text.replace("\r\n ", "")

    assert "exemple.quebec/salle" not in text
    assert "CONFERENCE" not in text
    assert "LOCATION:En ligne\r\n" in text


def test_a_picture_is_shown_and_another_one_changes_the_entry(app: Flask, client: Client) -> None:
    def picture(key: str) -> Picture:
        return Picture(
            key=key,
            media_type="image/jpeg",
            width=800,
            height=600,
            alt="Un livre",
            credit="Rose",
            created_at=NOW,
        )

    with app.app_context(), transaction():
        told = activities.content()
        event = content_of_events.create(
            told,
            edition=builders.edition(),
            territory=builders.territory(),
            now=NOW,
            picture=picture("a" * 64),
        )
        services.publish(event, now=NOW)
    follower = Subscriber(client, FEED)
    follower.refresh()
    (before,) = entries(client)
    with app.app_context(), transaction() as session:
        event = session.scalars(loaded()).one()
        other = picture("b" * 64)
        session.add(other)
        session.flush()
        content_of_events.update(
            event, told, territory=event.territory, now=NOW + timedelta(hours=1), picture=other
        )

    assert follower.refresh() == set(follower.entries)
    (after,) = entries(client)
    for entry, letter in ((before, "a"), (after, "b")):
        (image,) = entry.all("IMAGE")
        assert image.parameters == {"VALUE": "URI", "DISPLAY": "BADGE", "FMTTYPE": "image/jpeg"}
        assert image.value == f"http://localhost/images/{letter * 64}.jpg"


def test_whole_days_end_on_the_day_after(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        stay = Sitting(day=date(2027, 11, 15), last_day=date(2027, 11, 21))
        activities.publish(activities.content(sittings=(stay, Sitting(day=date(2027, 12, 1)))))

    bounds = [[entry.all(name)[0].value for name in ("DTSTART", "DTEND")] for entry in entries(client)]

    assert bounds == [["20271115", "20271122"], ["20271201", "20271202"]]


def test_what_takes_place_is_never_said_to_be_something_else(app: Flask, subscriber: Subscriber) -> None:
    """The state of one date does not leak into the others."""
    change(app, cancel)
    subscriber.refresh()

    with app.app_context(), transaction() as session:
        sittings = session.scalars(loaded()).one().sessions
        assert [each.state for each in sittings] == [None, EventState.CANCELLED, None]
    assert [subscriber.says(uid)[0] for uid in uids(app)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
