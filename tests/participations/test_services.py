"""Each step of a participation: what it does, what it records, what it refuses."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db
from campaign.errors import Conflict, Gone
from campaign.events.models import EventState, Opening
from campaign.events.services import When
from campaign.participations import links, provenance, services
from campaign.participations.details import Person, carried_over, details_of, first_time
from campaign.participations.models import (
    Channel,
    KitState,
    Mode,
    Participation,
    ParticipationMove,
    PersonalLink,
    PlanB,
    ResolutionState,
    State,
    Track,
)
from campaign.participations.services import (
    MUNICIPALITY_BY_LINK,
    AlreadyRegistered,
    Author,
    ChangedMeanwhile,
)
from tests import builders
from tests.builders import DAY_J, MANON, NOW, TEAM
from tests.lasting import database as database

LATER = NOW + timedelta(days=3)
STORM = "Tempête annoncée"


def moves(participation: Participation, track: Track | None = None) -> list[tuple[Any, ...]]:
    """What was recorded, in order: (track,) before, after, author, channel, reason, instant."""
    db.session.flush()
    found = db.session.scalars(
        sa.select(ParticipationMove)
        .where(ParticipationMove.participation_id == participation.id)
        .order_by(ParticipationMove.id)
    )
    return [
        (m.track, m.before, m.after, m.author, m.channel, m.reason, m.moved_at)
        for m in found
        if track in (None, m.track)
    ]


def states_of(participation: Participation) -> list[tuple[str, str]]:
    return [(before, after) for _track, before, after, *_ in moves(participation, Track.STATE)]


pytestmark = pytest.mark.usefixtures("session")


# --- registering --------------------------------------------------------------------------------------


def test_a_registration_waits_for_the_address_to_be_verified() -> None:
    participation = builders.register()

    assert (participation.state, participation.number, participation.territory_name) == (
        State.REGISTERED,
        1,
        "Hébertville",
    )
    assert participation.event is not None
    assert not participation.event.is_published
    assert moves(participation) == [
        (Track.CEREMONY, "a_planifier", "planifiee", "Le formulaire public", Channel.WEB, "", NOW),
        (Track.STATE, "non_sollicitee", "inscrite", "Le formulaire public", Channel.WEB, "", NOW),
    ]


def test_confirming_publishes_the_ceremony_and_says_how_it_was_known() -> None:
    participation = builders.register()

    services.confirm(participation, author=TEAM, now=LATER, reason="Mme Tremblay, au téléphone")

    assert participation.confirmed_at == LATER
    assert participation.event is not None
    assert participation.event.is_published
    assert moves(participation, Track.STATE)[-1] == (
        Track.STATE, "inscrite", "confirmee", "Jeanne", Channel.TEAM, "Mme Tremblay, au téléphone", LATER,
    )  # fmt: skip


def test_numbers_follow_each_other() -> None:
    numbers = [builders.register(code).number for code in ("93022", "92005", "98012")]

    assert numbers == [1, 2, 3]


def test_all_the_answers_are_kept() -> None:
    answers = builders.details(
        modes=(Mode.FLAG, Mode.MAE_FLAG, Mode.OTHER),
        other_mode="Lâcher de ballons",
        opening=Opening.INVITATION,
        elected_name="Éloïse O’Bomsawin",
        plan_b=PlanB.POSTPONED,
        plan_b_on=date(2027, 11, 16),
        resolution_state=ResolutionState.ON_AGENDA,
        resolution_on=date(2027, 10, 4),
        wants_kit=True,
        kit_flags=2,
        delivery_address="12, rue Principale, Hébertville (Québec) G8N 1A1",
        second_contact=Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
        media_may_call=True,
    )

    kept = details_of(builders.register(answers=answers))

    assert kept == answers


def test_a_second_person_is_told_who_was_first() -> None:
    builders.register()

    with pytest.raises(AlreadyRegistered) as refusal:
        builders.register(answers=builders.details(contact=replace(MANON, email="luc@exemple.quebec")))

    assert (refusal.value.by, refusal.value.message) == (
        "M. T.",
        "Votre municipalité est déjà inscrite par une personne de votre équipe.",
    )


def test_the_same_sending_twice_is_one_registration() -> None:
    first = builders.register(receipt="a")
    before = moves(first)

    second = builders.register(receipt="a", now=LATER)

    assert (second.id, second.registered_at, moves(first)) == (first.id, NOW, before)


def test_a_receipt_of_another_town_proves_nothing() -> None:
    builders.register("92005", receipt="a")
    builders.register("93022", receipt="b")

    with pytest.raises(AlreadyRegistered):
        builders.register("93022", receipt="a")


def test_the_sender_may_correct_a_registration_that_is_not_verified_yet() -> None:
    first = builders.register()
    old_proof = links.ask_proof(first, MANON.email, now=NOW)
    db.session.flush()

    corrected = builders.register(
        answers=builders.details(contact=replace(MANON, email="dg@exemple.quebec")),
        corrects=first.id,
        now=LATER,
    )

    assert (corrected.id, corrected.number, corrected.registered_at) == (first.id, 1, LATER)
    assert corrected.contact is not None
    assert corrected.contact.email == "dg@exemple.quebec"
    with pytest.raises(Gone):
        services.confirm_by_proof(old_proof, now=LATER)


def test_once_verified_the_sender_no_longer_corrects_by_the_public_form() -> None:
    first = builders.confirm()

    with pytest.raises(AlreadyRegistered):
        builders.register(corrects=first.id)


def test_a_stranger_does_not_keep_the_town_hall_out() -> None:
    stranger = builders.register(
        answers=builders.details(contact=replace(MANON, email="x@gmail.com")), needs_review=True
    )
    token = links.ask_proof(stranger, "x@gmail.com", now=NOW)
    db.session.flush()

    taken = builders.register(now=LATER)

    assert (taken.id, taken.needs_review) == (stranger.id, False)
    assert moves(taken, Track.DETAILS)[-1][2] == "reprise par la municipalité"
    with pytest.raises(Gone):  # the stranger's letter would otherwise give a link to everything
        services.confirm_by_proof(token, now=LATER)


def test_a_stranger_never_takes_over() -> None:
    builders.register()

    with pytest.raises(AlreadyRegistered):
        builders.register(needs_review=True)


def test_the_link_of_somebody_not_yet_checked_does_not_lift_the_doubt() -> None:
    participation = builders.register(needs_review=True)
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=NOW)
    services.cancel(participation, reason="Erreur", author=MUNICIPALITY_BY_LINK, now=NOW)

    again = builders.register(author=MUNICIPALITY_BY_LINK, now=LATER)
    services.confirm(again, author=MUNICIPALITY_BY_LINK, now=LATER)
    services.mark_verified(again, now=LATER)

    assert (again.id, again.state, again.needs_review) == (participation.id, State.CONFIRMED, True)
    assert again.contact is not None
    assert again.contact.email_verified_at is None
    assert again.event is not None
    assert not again.event.is_published


def test_the_team_looks_then_the_public_sees() -> None:
    participation = builders.register(needs_review=True)
    services.confirm(participation, author=TEAM, now=NOW)
    assert participation.event is not None
    assert not participation.event.is_published

    services.approve(participation, author=TEAM, now=LATER)

    assert participation.event.is_published
    assert moves(participation, Track.REVIEW) == [
        (Track.REVIEW, "à vérifier", "vérifiée", "Jeanne", Channel.TEAM, "", LATER)
    ]


def test_after_a_cancellation_a_fresh_form_asks_the_proof_again_and_keeps_the_number() -> None:
    participation = builders.confirm()
    services.cancel(participation, reason="Mât brisé", author=MUNICIPALITY_BY_LINK, now=NOW)

    again = builders.register(now=LATER)

    assert (again.id, again.state, again.number) == (participation.id, State.REGISTERED, 1)
    assert states_of(again)[-1] == ("annulee", "inscrite")
    assert moves(again, Track.CEREMONY)[-1][1:3] == ("annulee", "planifiee")


def test_who_declined_may_register_at_any_time() -> None:
    services.decline(builders.edition(), builders.territory(), author=MUNICIPALITY_BY_LINK, now=NOW)

    participation = builders.register()

    assert states_of(participation) == [("non_sollicitee", "declinee"), ("declinee", "inscrite")]


# --- the proof of the address -------------------------------------------------------------------------


def test_pressing_the_button_twice_changes_nothing() -> None:
    participation = builders.register()
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=LATER)
    before = moves(participation)

    services.confirm_by_proof(token, now=LATER + timedelta(minutes=1))

    assert (participation.confirmed_at, moves(participation)) == (LATER, before)
    assert participation.contact is not None
    assert participation.contact.email_verified_at == LATER


def test_a_used_letter_opens_nothing_after_two_weeks() -> None:
    participation = builders.register()
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=LATER)

    with pytest.raises(Gone):
        links.get_proof(token, now=NOW + links.VERIFICATION_LIFE)


def test_an_old_letter_gives_no_link_back_to_who_left() -> None:
    participation = builders.register()
    token = links.ask_proof(participation, MANON.email, now=NOW)
    db.session.flush()
    services.confirm_by_proof(token, now=NOW)

    links.revoke_all(
        participation.edition_id, participation.territory_id, because="La personne a changé", now=LATER
    )

    with pytest.raises(Gone):
        services.confirm_by_proof(token, now=LATER)


# --- correcting ---------------------------------------------------------------------------------------


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    participation = builders.confirm()
    seen = services.version_of(participation)
    services.revise(
        participation, builders.details(place="Parc"), author=MUNICIPALITY_BY_LINK, now=LATER, seen=seen
    )

    with pytest.raises(ChangedMeanwhile):
        services.revise(participation, builders.details(), author=MUNICIPALITY_BY_LINK, now=LATER, seen=seen)

    assert participation.event is not None
    assert participation.event.place == "Parc"


def test_without_a_flag_any_more_the_ceremony_is_called_off_and_the_participation_goes_on() -> None:
    participation = builders.confirm()

    services.revise(
        participation, builders.details(modes=(Mode.RESOLUTION,)), author=MUNICIPALITY_BY_LINK, now=LATER
    )

    assert participation.event is not None
    assert (participation.state, participation.event.state) == (State.CONFIRMED, EventState.CANCELLED)
    assert participation.event.state_reason == "La municipalité participe autrement."


def test_the_flag_comes_back_with_the_same_calendar_identifier() -> None:
    participation = builders.confirm()
    assert participation.event is not None
    uid, sequence = participation.event.uid, participation.event.sequence
    services.revise(
        participation, builders.details(modes=(Mode.RESOLUTION,)), author=MUNICIPALITY_BY_LINK, now=LATER
    )

    services.revise(participation, builders.details(), author=MUNICIPALITY_BY_LINK, now=LATER)

    assert (participation.event.uid, participation.event.state) == (uid, EventState.PLANNED)
    assert participation.event.sequence > sequence
    assert [after for _t, _before, after, *_ in moves(participation, Track.CEREMONY)] == [
        "planifiee",
        "annulee",
        "planifiee",
    ]


def test_a_correction_does_not_stop_a_kit_under_way() -> None:
    participation = builders.confirm(answers=builders.details(wants_kit=True, kit_flags=1))
    services.set_kit(participation, KitState.SHIPPED, author=TEAM, now=NOW)

    services.revise(participation, builders.details(wants_kit=False), author=MUNICIPALITY_BY_LINK, now=LATER)

    assert participation.kit_state is KitState.SHIPPED


# --- the ceremony -------------------------------------------------------------------------------------


def test_a_postponed_ceremony_still_counts_and_remembers_its_first_day() -> None:
    participation = builders.confirm()
    event = participation.event
    assert event is not None
    sequence = event.sequence

    services.postpone(
        participation,
        when=When(day=date(2027, 11, 17), at=time(13, 30)),
        reason=STORM,
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert (event.state, event.state_reason, event.sequence) == (EventState.POSTPONED, STORM, sequence + 1)
    assert event.postponed_from_at == datetime(2027, 11, 15, 15, tzinfo=UTC)
    assert event.sessions[0].starts_at == datetime(2027, 11, 17, 18, 30, tzinfo=UTC)
    assert moves(participation, Track.CEREMONY)[-1] == (
        Track.CEREMONY, "planifiee", "reportee", MUNICIPALITY_BY_LINK.name, Channel.LINK, STORM, LATER,
    )  # fmt: skip


def test_the_same_postponement_sent_twice_is_one() -> None:
    participation = builders.confirm()
    when = When(day=date(2027, 11, 17), at=time(10))
    for instant in (NOW, LATER):
        services.postpone(participation, when=when, reason=STORM, author=MUNICIPALITY_BY_LINK, now=instant)

    assert participation.event is not None
    assert (participation.event.updated_at, len(moves(participation, Track.CEREMONY))) == (NOW, 2)


@pytest.mark.parametrize(
    ("day", "author", "is_taken"),
    [
        (date(2027, 8, 31), MUNICIPALITY_BY_LINK, False),
        (date(2027, 8, 31), TEAM, True),
        (date(2027, 9, 1), MUNICIPALITY_BY_LINK, True),
        (date(2020, 1, 1), TEAM, False),
        (date(2072, 11, 17), MUNICIPALITY_BY_LINK, False),
    ],
    ids=["past", "noted-by-the-team", "today", "another-edition", "mistyped-year"],
)
def test_a_ceremony_is_postponed_to_a_day_of_its_edition_to_come(
    day: date, author: Author, is_taken: bool
) -> None:
    participation = builders.confirm()
    assert participation.event is not None
    when = When(day=day, at=time(10))

    with nullcontext() if is_taken else pytest.raises(Conflict):
        services.postpone(participation, when=when, reason="", author=author, now=NOW)

    assert (participation.event.sessions[0].starts_on == day) is is_taken


def test_indoors_keeps_day_and_hour() -> None:
    participation = builders.confirm()
    assert participation.event is not None

    services.move_indoors(participation, place="Aréna", reason=STORM, author=MUNICIPALITY_BY_LINK, now=LATER)

    event = participation.event
    assert (event.place, event.is_indoors, event.state) == ("Aréna", True, EventState.PLANNED)
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 15, tzinfo=UTC)
    assert moves(participation, Track.CEREMONY)[-1][2] == "a_l_interieur"


@pytest.mark.parametrize("act", ["postpone", "move_indoors"])
def test_a_cancelled_ceremony_is_neither_postponed_nor_moved(act: str) -> None:
    participation = builders.confirm()
    services.cancel(participation, reason="Deuil", author=MUNICIPALITY_BY_LINK, now=NOW)
    told: dict[str, Any] = {"when": When(day=DAY_J, at=time(11))} if act == "postpone" else {"place": "Aréna"}

    with pytest.raises(Conflict):
        getattr(services, act)(participation, reason=STORM, author=MUNICIPALITY_BY_LINK, now=LATER, **told)


def test_cancelling_calls_the_ceremony_off_and_keeps_it_visible_to_those_who_had_noted_it() -> None:
    participation = builders.confirm()

    services.cancel(participation, reason="Mât brisé", author=MUNICIPALITY_BY_LINK, now=LATER)

    event = participation.event
    assert event is not None
    assert (participation.state, event.state, event.is_published) == (
        State.CANCELLED,
        EventState.CANCELLED,
        True,
    )
    assert [move[0] for move in moves(participation)[-2:]] == [Track.CEREMONY, Track.STATE]
    assert {move[5] for move in moves(participation)[-2:]} == {"Mât brisé"}


def test_a_reinstated_ceremony_keeps_the_day_to_which_it_was_postponed() -> None:
    participation = builders.confirm()
    when = When(day=date(2027, 11, 17), at=time(10))
    services.postpone(participation, when=when, reason=STORM, author=MUNICIPALITY_BY_LINK, now=NOW)
    services.cancel(participation, reason="Mât brisé", author=MUNICIPALITY_BY_LINK, now=NOW)

    services.reinstate(participation, author=MUNICIPALITY_BY_LINK, now=LATER)

    assert participation.event is not None
    assert (participation.state, participation.event.state) == (State.CONFIRMED, EventState.POSTPONED)
    assert participation.event.sessions[0].starts_on == date(2027, 11, 17)
    assert moves(participation, Track.CEREMONY)[-1][1:3] == ("annulee", "reportee")


def test_done_is_said_and_unsaid_by_the_team() -> None:
    participation = builders.confirm()

    services.mark_held(participation, author=TEAM, now=NOW, reason="Photo reçue")
    assert participation.event is not None
    assert (participation.state, participation.event.state) == (State.DONE, EventState.HELD)

    services.undo_held(participation, author=TEAM, now=LATER, reason="Mauvaise photo")
    assert (participation.state, participation.event.state) == (State.CONFIRMED, EventState.PLANNED)


def test_the_municipality_does_not_say_done_itself() -> None:
    participation = builders.confirm()

    with pytest.raises(Conflict):
        services.mark_held(participation, author=MUNICIPALITY_BY_LINK, now=NOW)


def test_a_record_is_set_aside_only_in_favour_of_another() -> None:
    participation = builders.confirm()

    with pytest.raises(Conflict):
        services.move(participation, State.DISCARDED, author=TEAM, now=NOW)

    assert participation.state is State.CONFIRMED


# --- answering otherwise ------------------------------------------------------------------------------


def test_undecided_says_when_the_council_sits() -> None:
    participation = services.reflect(
        builders.edition(), builders.territory(), decides_on=DAY_J, author=MUNICIPALITY_BY_LINK, now=NOW
    )

    assert (participation.state, participation.decides_on) == (State.UNDECIDED, DAY_J)


def test_an_invitation_does_not_disturb_an_answer() -> None:
    builders.confirm()

    participation = services.invite(builders.edition(), builders.territory(), author=TEAM, now=LATER)

    assert participation.state is State.CONFIRMED


def test_handing_over_leaves_nothing_to_who_left() -> None:
    participation = builders.confirm()
    former = participation.contact

    contact = services.hand_over(
        builders.edition(),
        builders.territory(),
        Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert contact is participation.contact
    assert contact is not None
    assert contact.full_name == "Luc Roy"
    assert former is not None
    assert former.left_at == LATER
    assert not provenance.is_verified_contact(builders.territory(), MANON.email)


def test_a_stranger_under_review_does_not_shut_the_town_hall_out() -> None:
    participation = builders.confirm(needs_review=True)

    with pytest.raises(Conflict, match="vérifie encore"):
        services.hand_over(
            builders.edition(), builders.territory(), None, author=MUNICIPALITY_BY_LINK, now=LATER
        )

    assert participation.contact is not None
    assert participation.contact.left_at is None


def test_the_resolution_is_recorded_with_its_number() -> None:
    participation = builders.confirm()

    services.set_resolution(
        participation,
        ResolutionState.ADOPTED,
        on=date(2027, 10, 4),
        number="2027-10-145",
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert moves(participation, Track.RESOLUTION) == [
        (
            Track.RESOLUTION, "aucune", "adoptee", MUNICIPALITY_BY_LINK.name, Channel.LINK,
            "2027-10-145 2027-10-04", LATER,
        )
    ]  # fmt: skip


# --- merging ------------------------------------------------------------------------------------------


def wrong_town_put_right() -> tuple[Participation, Participation]:
    """Saint-Augustin by the lake had registered as the one of the coast."""
    wrong = builders.confirm(
        "98012",
        builders.details(
            wants_kit=True,
            kit_flags=2,
            second_contact=Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
        ),
    )
    links.issue(builders.edition(), builders.territory("98012"), now=NOW)
    services.set_kit(wrong, KitState.SHIPPED, author=TEAM, now=NOW)
    services.mark_verified(wrong, now=NOW)
    right = services.claim(builders.edition(), builders.territory("92005"), author=TEAM, now=LATER)
    services.merge(wrong, right, author=TEAM, now=LATER, reason="Mauvaise municipalité")
    db.session.flush()
    return wrong, right


def test_everything_follows_to_the_right_municipality() -> None:
    wrong, right = wrong_town_put_right()

    assert (right.state, right.number, right.kit_state, right.kit_flags) == (
        State.CONFIRMED, 1, KitState.SHIPPED, 2,
    )  # fmt: skip
    assert (wrong.state, wrong.number, wrong.merged_into_id) == (State.DISCARDED, None, right.id)
    assert right.second_contact is not None
    assert (right.contact and right.contact.email, right.second_contact.email) == (
        MANON.email,
        "luc@exemple.quebec",
    )
    assert states_of(right) == [("non_sollicitee", "inscrite"), ("inscrite", "confirmee")]


def test_the_ceremony_keeps_its_hour_on_the_wall_when_the_zone_changes() -> None:
    _wrong, right = wrong_town_put_right()

    event = right.event
    assert event is not None
    assert (event.title, event.time_zone, event.is_published) == (
        "Lever du drapeau à Saint-Augustin",
        "America/Toronto",
        True,
    )
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 15, tzinfo=UTC)  # 14:00Z by the coast


def test_the_wrong_municipality_keeps_no_trace_of_the_other_ones_people() -> None:
    wrong, _right = wrong_town_put_right()
    coast = builders.territory("98012")

    assert details_of(wrong).contact == Person()
    assert not provenance.may_receive_link(coast, MANON.email)
    assert db.session.scalars(
        sa.select(PersonalLink.revoked_at).where(PersonalLink.territory_id == coast.id)
    ).all() == [LATER]


def test_the_municipality_taken_for_another_still_registers() -> None:
    wrong, right = wrong_town_put_right()

    own = builders.register("98012", builders.details(contact=replace(MANON, email="dg@coast.quebec")))

    assert (own.id, own.state, own.number, own.merged_into_id) == (wrong.id, State.REGISTERED, 2, None)
    assert own.event is not right.event


def test_of_two_registered_records_the_kept_one_keeps_its_answers() -> None:
    duplicate = builders.confirm("98012", builders.details(place="Quai"))
    kept = builders.confirm("92005", builders.details(place="Parc"))

    services.merge(duplicate, kept, author=TEAM, now=LATER, reason="Doublon")

    assert kept.event is not None
    assert duplicate.event is not None
    assert (kept.number, kept.event.place, kept.event.is_published) == (2, "Parc", True)
    assert (duplicate.state, duplicate.event.is_published) == (State.DISCARDED, False)


@pytest.mark.parametrize("case", ["itself", "set aside", "other edition"])
def test_a_merge_that_makes_no_sense_is_refused(case: str) -> None:
    first, second = builders.confirm("98012"), builders.confirm("92005")
    if case == "set aside":
        services.merge(second, builders.confirm("93022"), author=TEAM, now=NOW, reason="Doublon")
    if case == "other edition":
        second.edition_id = -1
    with db.session.no_autoflush, pytest.raises(Conflict):
        services.merge(first, first if case == "itself" else second, author=TEAM, now=NOW, reason="Doublon")

    assert first.state is State.CONFIRMED


# --- as last year -------------------------------------------------------------------------------------


def test_as_last_year_is_the_same_day_of_the_week_without_what_has_passed() -> None:
    last = builders.confirm(
        answers=builders.details(
            flag_on=date(2027, 11, 17),
            plan_b=PlanB.POSTPONED,
            plan_b_on=date(2027, 11, 18),
            resolution_state=ResolutionState.ADOPTED,
            resolution_on=date(2027, 10, 4),
            resolution_number="145",
            wants_kit=True,
            kit_flags=2,
            elected_name="Le maire d’alors",
            children_count=25,
        )
    )
    monday, sunday = date(2028, 11, 20), date(2028, 11, 26)
    after = Edition(number=13, year=2028, start_on=monday, end_on=sunday, flag_on=monday)

    proposed = carried_over(last, after)

    assert proposed == builders.details(
        flag_on=date(2028, 11, 22), lowered_on=date(2028, 11, 26), has_flag=True
    )


def test_the_first_time_proposes_day_j_at_ten() -> None:
    proposed = first_time(builders.edition())

    assert (proposed.modes, proposed.flag_on, proposed.flag_time) == ((Mode.FLAG,), DAY_J, time(10))


def test_a_contact_is_found_again_by_its_address(session: Session) -> None:
    participation = builders.confirm()
    builders.confirm("92005")  # a director general shared by two towns is two contacts

    services.revise(
        participation,
        builders.details(contact=replace(MANON, last_name="Tremblay-Côté")),
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert sorted(session.scalars(sa.select(Contact.last_name))) == ["Tremblay", "Tremblay-Côté"]


def test_the_public_form_changes_nothing_of_a_verified_person(session: Session) -> None:
    participation = builders.confirm()
    services.mark_verified(participation, now=NOW)
    services.cancel(participation, reason="Élections", author=MUNICIPALITY_BY_LINK, now=NOW)
    db.session.flush()
    disguised = builders.details(contact=replace(MANON, first_name="Quelqu’un", phone="4185550199"))

    again = builders.register(answers=disguised, now=LATER)

    assert again.contact is not None
    assert (again.contact.first_name, again.contact.phone) == (MANON.first_name, MANON.phone)
