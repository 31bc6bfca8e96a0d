"""Registering, waiting, being offered a place, being replaced: what each person is promised."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict
from campaign.events.wording import Occasion
from campaign.outbox.models import Attachment, Message
from campaign.registrations import capacity, queries, retention, services, tickets
from campaign.registrations.models import (
    Registration,
    RegistrationMove,
    RegistrationRules,
    RegistrationState,
    SensitiveAnswer,
)
from tests.builders import NOW
from tests.lasting import database as database
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")

HOUR = timedelta(hours=1)


def taken(rules: RegistrationRules) -> dict[str, int]:
    return {f"{pool.kind}{pool.target}": pool.taken for pool in capacity.list_pools(rules.event_id)}


def letters() -> list[tuple[str, str]]:
    return [
        (message.template, message.to_email)
        for message in db.session.scalars(sa.select(Message).order_by(Message.id))
        if message.template.startswith("registration")
    ]


def fill(rules: RegistrationRules, seats: int) -> list[Registration]:
    return [register(rules, person(f"P{number}")) for number in range(seats)]


def test_a_seat_is_given_with_a_ticket() -> None:
    rules = world.gathering(2)

    registration = register(rules)

    assert registration.state is RegistrationState.CONFIRMED
    assert taken(rules)["evenement"] == 1
    assert letters() == [("registration_confirmed", "real@exemple.quebec")]
    (attendee,) = registration.attendees
    assert (len(attendee.ticket_code), len(attendee.short_code)) == (10, 6)


def test_where_proof_is_asked_no_seat_is_given_before() -> None:
    rules = world.gathering(1, needs_verification=True)
    registration = register(rules)

    before = registration.state, taken(rules)["evenement"]
    services.verify(registration, rules, now=NOW + HOUR)
    services.verify(registration, rules, now=NOW + 2 * HOUR)

    assert before == (RegistrationState.PENDING, 0)
    assert (registration.state, taken(rules)["evenement"]) == (RegistrationState.CONFIRMED, 1)
    assert [template for template, _to in letters()] == ["registration_proof", "registration_confirmed"]


def test_the_same_form_sent_twice_is_one_registration() -> None:
    rules = world.gathering(5)

    first = register(rules, form_token="abc")
    again = register(rules, form_token="abc")

    assert first is again
    assert taken(rules)["evenement"] == 1


def test_those_who_come_after_the_last_seat_wait_in_order() -> None:
    rules = world.gathering(2)

    states = [(one.state, one.rank) for one in fill(rules, 4)]

    assert states == [
        (RegistrationState.CONFIRMED, None),
        (RegistrationState.CONFIRMED, None),
        (RegistrationState.WAITING, 1),
        (RegistrationState.WAITING, 2),
    ]
    assert letters()[-1][0] == "registration_waiting"


def test_without_a_waiting_list_a_full_event_says_so() -> None:
    rules = world.gathering(1, has_waiting_list=False)
    fill(rules, 1)

    with pytest.raises(Conflict, match="plus de place"):
        register(rules, person("Luc"))


def test_a_seat_given_back_is_offered_to_the_first_in_line_and_kept_for_it() -> None:
    rules = world.gathering(1)
    first, second, third = fill(rules, 3)

    services.cancel(first, author=services.PERSON, now=NOW)

    assert (second.state, third.state) == (RegistrationState.OFFERED, RegistrationState.WAITING)
    assert taken(rules)["evenement"] == 1
    assert letters()[-1] == ("registration_offer", "p1@exemple.quebec")


def test_a_promotion_of_the_evening_waits_for_the_morning_and_ends_at_a_decent_hour() -> None:
    rules = world.gathering(1)
    first, second = fill(rules, 2)
    at_22 = datetime(2027, 9, 2, 2, tzinfo=UTC)  # 22 h in Montréal

    services.cancel(first, author=services.PERSON, now=at_22)

    offer = db.session.scalars(sa.select(Message).where(Message.template == "registration_offer")).one()
    assert offer.not_before == datetime(2027, 9, 2, 12, tzinfo=UTC)
    assert second.offer_expires_at == datetime(2027, 9, 4, 13, tzinfo=UTC)


def test_an_offer_taken_is_a_ticket_and_one_left_too_long_goes_to_the_next() -> None:
    rules = world.gathering(1)
    first, second, third = fill(rules, 3)
    services.cancel(first, author=services.PERSON, now=NOW)
    assert second.offer_expires_at is not None

    expired = services.expire(now=second.offer_expires_at)
    services.accept_offer(third, now=second.offer_expires_at + HOUR)

    assert expired == 1
    assert [one.state for one in (second, third)] == [
        RegistrationState.EXPIRED,
        RegistrationState.CONFIRMED,
    ]
    assert taken(rules)["evenement"] == 1
    with pytest.raises(Conflict, match="plus valable"):
        services.accept_offer(second, now=second.offer_expires_at + HOUR)


def test_a_group_stays_together_and_keeps_its_rank() -> None:
    rules = world.gathering(2)
    one, two = fill(rules, 2)
    group = register(rules, person("Ana"), person("Bob"))
    alone = register(rules, person("Cléo", email="cleo@exemple.quebec"))

    services.cancel(one, author=services.PERSON, now=NOW)
    after_one = group.state, alone.state
    services.cancel(alone, author=services.PERSON, now=NOW)
    services.cancel(two, author=services.PERSON, now=NOW)

    assert after_one == (RegistrationState.WAITING, RegistrationState.OFFERED)
    assert group.state is RegistrationState.OFFERED
    assert taken(rules)["evenement"] == 2


def test_leaving_the_waiting_list_alone_frees_no_seat() -> None:
    rules = world.gathering(1)
    _first, second = fill(rules, 2)

    services.cancel(second, author=services.PERSON, now=NOW)

    assert second.state is RegistrationState.CANCELLED
    assert taken(rules)["evenement"] == 1


def test_a_group_of_two_dates_is_one_choice_and_its_ticket_never_tells_the_other_dates() -> None:
    rules, (first, second) = world.training(seats=1)
    register(rules, person("Ana", cohort_id=first.id))
    full = register(rules, person("Bob", cohort_id=first.id))
    other = register(rules, person("Cléo", email="cleo@exemple.quebec", cohort_id=second.id))

    (attendee,) = other.attendees
    event = queries.get_event(rules.event_id)
    days = [Occasion.of(event, one).starts_on for one in tickets.sittings_of(attendee, event)]

    assert full.state is RegistrationState.WAITING
    assert other.state is RegistrationState.CONFIRMED
    assert [day.isoformat() for day in days if day] == ["2021-12-22", "2022-03-23"]


def test_an_organization_sends_no_more_people_than_it_may() -> None:
    rules = world.gathering(10, organization_limit=2, has_waiting_list=False)
    register(rules, person("Ana"), person("Bob"))

    with pytest.raises(Conflict, match="organisation"):
        register(rules, person("Cléo", email="cleo@exemple.quebec", organization="Cpe la farandole"))

    assert taken(rules)["evenement"] == 2


def test_a_colleague_comes_instead_with_another_ticket() -> None:
    rules = world.gathering(1)
    registration = register(rules)
    (gone,) = registration.attendees

    come = services.replace(registration, gone, person("Luce"), author=services.PERSON, now=NOW + HOUR)

    assert (gone.is_active, come.is_active, gone.replaced_by_id) == (False, True, come.id)
    assert come.ticket_code != gone.ticket_code
    assert taken(rules)["evenement"] == 1
    assert letters()[-2:] == [
        ("registration_confirmed", "luce@exemple.quebec"),
        ("registration_confirmed", "real@exemple.quebec"),
    ]


def test_another_group_is_taken_before_the_first_is_left() -> None:
    rules, (first, second) = world.training(seats=1)
    registration = register(rules, person("Ana", cohort_id=first.id))
    register(rules, person("Bob", cohort_id=second.id))
    (attendee,) = registration.attendees

    with pytest.raises(Conflict, match="groupe est complet"):
        services.choose(
            rules,
            registration,
            attendee,
            cohort_id=second.id,
            session_ids=(),
            author=services.PERSON,
            now=NOW,
        )

    assert attendee.cohort_id == first.id
    assert taken(rules) == {
        "evenement": 2,
        f"groupe{first.id}": 1,
        f"groupe{second.id}": 1,
        **{key: value for key, value in taken(rules).items() if key.startswith("seance")},
    }


def test_what_is_sensitive_is_kept_apart_with_an_end() -> None:
    rules = world.gathering(5)

    register(rules, person("Ana", sensitive={"alimentation": "Arachides"}))

    kept = db.session.scalars(sa.select(SensitiveAnswer)).one()
    assert (kept.topic, kept.value, kept.purge_on) == (
        "alimentation",
        "Arachides",
        world.DAY + timedelta(days=30),
    )


def test_a_limit_never_goes_under_what_was_given() -> None:
    rules = world.gathering(3)
    fill(rules, 2)

    with pytest.raises(Conflict, match="plus petite"):
        capacity.set_limits(queries.get_event(rules.event_id), rules, capacity=1)


def test_more_seats_are_offered_to_those_who_wait() -> None:
    rules = world.gathering(1)
    _first, second, third = fill(rules, 3)

    capacity.set_limits(queries.get_event(rules.event_id), rules, capacity=2)
    offered = services.offer_what_is_free(rules, now=NOW)

    assert offered == 1
    assert (second.state, third.state) == (RegistrationState.OFFERED, RegistrationState.WAITING)


def test_each_move_says_who_when_and_from_where() -> None:
    rules = world.gathering(1)
    registration = register(rules)

    services.cancel(registration, author="Jeanne", now=NOW + HOUR, reason="Salle inondée", by_team=True)

    moves = db.session.scalars(sa.select(RegistrationMove).order_by(RegistrationMove.id)).all()
    assert [(one.author, one.from_state, one.to_state, one.reason) for one in moves][-1] == (
        "Jeanne",
        RegistrationState.CONFIRMED,
        RegistrationState.CANCELLED_BY_TEAM,
        "Salle inondée",
    )


def test_a_form_that_nobody_proved_and_what_is_sensitive_are_erased_in_time() -> None:
    rules = world.gathering(5, needs_verification=True)
    register(rules, person("Oubli"))
    kept = register(rules, person("Ana", sensitive={"alimentation": "Arachides"}))
    services.verify(kept, rules, now=NOW)
    db.session.flush()

    after_a_week = retention.forget(NOW + timedelta(days=8))
    after_the_event = retention.forget(datetime(2027, 11, 13, 12, tzinfo=UTC))
    db.session.expire_all()

    assert (after_a_week, after_the_event) == (1, 1)
    assert db.session.scalars(sa.select(Registration.name)).all() == [kept.name]
    assert db.session.scalars(sa.select(SensitiveAnswer)).all() == []


def files_of(message: Message) -> list[str]:
    """What the calendar files of a letter say."""
    return [
        one.data.decode()
        for one in db.session.scalars(sa.select(Attachment).where(Attachment.message_id == message.id))
        if one.content_type.startswith("text/calendar")
    ]


def gone_letters() -> list[Message]:
    found = db.session.scalars(
        sa.select(Message).where(Message.template == "registration_person_cancelled").order_by(Message.id)
    )
    return list(found)


def party(*groups: int, **rules: object) -> tuple[Registration, list[int]]:
    """Luc registers Léa and Zoé, who have addresses of their own, each in one of two groups of a training."""
    opened, cohorts = world.training(seats=9)
    for name, value in rules.items():
        setattr(opened, name, value)
    people = [
        person(name, cohort_id=cohorts[group].id)
        for name, group in zip(("Luc", "Lea", "Zoe"), groups, strict=True)
    ]
    return register(opened, *people), [cohort.id for cohort in cohorts]


def test_who_no_longer_comes_is_told_to_both_with_who_still_does() -> None:
    registration, _groups = party(0, 1, 0)
    lea = registration.attendees[1]

    for _twice in range(2):
        services.cancel_person(registration, lea, author="P", now=NOW + HOUR, reason="Malade")

    to_luc, to_lea = gone_letters()
    assert (to_luc.to_email, to_lea.to_email) == ("luc@exemple.quebec", "lea@exemple.quebec")
    assert "Lea Tremblay ne participera pas" in to_luc.text
    assert "Participent toujours\N{NO-BREAK SPACE}: Luc Tremblay, Zoe Tremblay." in to_luc.text
    assert "Votre participation" in to_lea.text
    assert "Luc Tremblay" not in to_lea.text
    assert "/inscriptions/" not in to_lea.text
    assert all("Raison donnée\N{NO-BREAK SPACE}: Malade" in one.text for one in (to_luc, to_lea))


def test_calendars_lose_what_only_the_one_who_leaves_attended() -> None:
    registration, _groups = party(0, 1, 0)
    event = queries.get_event(registration.event_id)
    uids = [sitting.uid or event.uid for sitting in event.sessions]

    services.cancel_person(registration, registration.attendees[1], author="P", now=NOW + HOUR)
    services.cancel_person(registration, registration.attendees[2], author="P", now=NOW + HOUR)

    told = [(one.to_email, files_of(one)) for one in gone_letters()]
    assert [to for to, _files in told] == [
        "luc@exemple.quebec", "lea@exemple.quebec", "luc@exemple.quebec", "zoe@exemple.quebec",
    ]  # fmt: skip
    taken_away = [[uid for uid in uids if any(f"UID:{uid}" in file for file in files)] for _to, files in told]
    assert taken_away == [uids[2:], uids[2:], [], uids[:2]]
    for _to, files in told:
        for file in files:
            assert "METHOD:CANCEL" in file
            assert file.count("STATUS:CANCELLED") == 2


def test_whoever_filled_in_the_form_may_leave_the_others() -> None:
    registration, _groups = party(0, 0, 0)

    services.cancel_person(registration, registration.attendees[0], author="P", now=NOW + HOUR)

    (letter,) = gone_letters()
    assert letter.to_email == "luc@exemple.quebec"
    assert "Votre participation" in letter.text
    assert "Participent toujours\N{NO-BREAK SPACE}: Lea Tremblay, Zoe Tremblay." in letter.text
    assert files_of(letter)[0].count("BEGIN:VEVENT") == 2


def test_a_colleague_who_never_had_a_ticket_is_not_written_to() -> None:
    registration, _groups = party(0, 0, 0, needs_verification=True)

    services.cancel_person(registration, registration.attendees[1], author="P", now=NOW + HOUR)

    (letter,) = gone_letters()
    assert (letter.to_email, files_of(letter)) == ("luc@exemple.quebec", [])


def test_when_nobody_comes_each_who_had_a_ticket_is_told_once() -> None:
    registration, _groups = party(0, 0, 0)
    services.cancel_person(registration, registration.attendees[1], author="P", now=NOW + HOUR)

    services.cancel(registration, author="P", now=NOW + 2 * HOUR)

    told = [one for one in letters() if one[0] != "registration_confirmed"]
    assert told == [
        ("registration_person_cancelled", "luc@exemple.quebec"),
        ("registration_person_cancelled", "lea@exemple.quebec"),
        ("registration_cancelled", "luc@exemple.quebec"),
        ("registration_person_cancelled", "zoe@exemple.quebec"),
    ]


def test_the_last_person_that_the_team_takes_away_is_cancelled_by_the_team() -> None:
    registration = register(world.gathering(5))

    services.cancel_person(registration, registration.attendees[0], author="E", now=NOW, by_team=True)

    assert registration.state is RegistrationState.CANCELLED_BY_TEAM


def already() -> list[tuple[str, str]]:
    """Who was told of the ticket that exists."""
    return [one for one in letters() if one[0] == "registration_already"]


def emails(registration: Registration) -> list[tuple[str, str]]:
    return [(one.first_name, one.email) for one in registration.attendees]


def test_the_same_person_is_registered_once_and_told_once_an_hour() -> None:
    rules = world.gathering(5)
    first = register(rules, person("Réal"))

    again = [register(rules, person("réal"), form_token=f"f{n}", now=NOW + n * HOUR / 2) for n in range(3)]

    assert {one.id for one in again} == {first.id}
    assert taken(rules)["evenement"] == 1
    assert already() == [("registration_already", "real@exemple.quebec")] * 2


def test_colleagues_share_the_address_of_their_office() -> None:
    rules = world.gathering(5)
    register(rules, person("Luc", email="bureau@exemple.quebec"))

    lea = register(rules, person("Lea", email="bureau@exemple.quebec"))

    assert (lea.state, lea.email, emails(lea)) == (
        RegistrationState.CONFIRMED, "bureau@exemple.quebec", [("Lea", "")],
    )  # fmt: skip
    assert already() == []
    assert letters()[-1] == ("registration_confirmed", "bureau@exemple.quebec")


def test_whoever_is_registered_may_register_colleagues_later() -> None:
    rules = world.gathering(5)
    register(rules, person("Luc"))

    later = register(rules, person("Luc"), person("Lea"), person("Zoe", email=""))

    assert emails(later) == [("Lea", "lea@exemple.quebec"), ("Zoe", "")]
    assert taken(rules)["evenement"] == 3
    assert already() == [("registration_already", "luc@exemple.quebec")]


def test_naming_a_colleague_who_is_registered_tells_her_and_not_the_sender() -> None:
    rules = world.gathering(5)
    register(rules, person("Lea"))

    curious = register(rules, person("Max"), person("Lea"))

    assert emails(curious) == [("Max", "max@exemple.quebec"), ("Lea", "")]
    assert already() == [("registration_already", "lea@exemple.quebec")]


def test_the_team_is_told_of_who_is_registered_already() -> None:
    rules = world.gathering(5)
    register(rules, person("Lea"))

    with pytest.raises(Conflict, match="déjà inscrite"):
        services.register(rules, world.answers(person("Lea")), form_token=None, now=NOW, by_team="D. Roy")
