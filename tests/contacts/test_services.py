"""Keeping contacts: one person is one, refusals hold for the address, proofs stay."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.contacts import queries, services
from campaign.contacts.models import (
    Basis,
    Change,
    Consent,
    Contact,
    ContactKind,
    ContactMove,
    Language,
    Purpose,
)
from campaign.contacts.services import Proof
from campaign.errors import CampaignError, Conflict
from tests.board.world import BAIE_COMEAU, RIMOUSKI, SAYABEC, open_world
from tests.contacts.world import AUTHOR, NOW, add, add_shared, consent, details, place


@pytest.fixture(autouse=True)
def world(session: Session) -> None:
    open_world()


def moves(session: Session, email: str) -> list[tuple[Change, str, str]]:
    rows = session.scalars(sa.select(ContactMove).where(ContactMove.email == email).order_by(ContactMove.id))
    return [(row.change, row.author, row.detail) for row in rows]


def rows(session: Session, email: str) -> list[Contact]:
    return list(session.scalars(sa.select(Contact).where(Contact.email == email).order_by(Contact.id)))


# --- people -------------------------------------------------------------------------------------------


def test_a_shared_person_is_one_row_for_each_municipality(session: Session) -> None:
    add_shared(SAYABEC, RIMOUSKI)

    told = [(row.territory_id, row.full_name) for row in rows(session, "dg@exemple.quebec")]

    assert told == [(place(SAYABEC).id, "Dominique Roy"), (place(RIMOUSKI).id, "Dominique Roy")]
    assert moves(session, "dg@exemple.quebec") == [(Change.ADDED, AUTHOR, "Rencontre de Rimouski")]


def test_the_same_person_is_not_added_twice(session: Session) -> None:
    add()
    add_shared(SAYABEC)

    with pytest.raises(Conflict, match="déjà dans les contacts"):
        add("  ECOLE@exemple.quebec ")
    with pytest.raises(Conflict):
        add_shared(SAYABEC, RIMOUSKI)
    assert add(kind=ContactKind.SUBSCRIBER).kind is ContactKind.SUBSCRIBER


def test_a_municipal_contact_answers_for_a_municipality(session: Session) -> None:
    with pytest.raises(CampaignError, match="au moins une municipalité"):
        add(kind=ContactKind.MUNICIPAL)


def test_correcting_a_person_adds_and_leaves_municipalities(session: Session) -> None:
    before = add_shared(SAYABEC, RIMOUSKI)
    corrected = details(
        "dg@exemple.quebec",
        kind=ContactKind.MUNICIPAL,
        first_name="Dominic",
        territories=(place(RIMOUSKI), place(BAIE_COMEAU)),
    )

    services.change_contact(before, corrected, author="Ève", now=NOW)

    assert [
        (row.territory_id, row.first_name, row.left_at) for row in rows(session, "dg@exemple.quebec")
    ] == [
        (place(SAYABEC).id, "Dominique", NOW),
        (place(RIMOUSKI).id, "Dominic", None),
        (place(BAIE_COMEAU).id, "Dominic", None),
    ]
    assert moves(session, "dg@exemple.quebec")[1:] == [(Change.CORRECTED, "Ève", "")]


def test_a_correction_that_changes_nothing_leaves_no_trace(session: Session) -> None:
    row = add()

    services.change_contact([row], details(), author="Ève", now=NOW)

    assert [change for change, _, _ in moves(session, row.email)] == [Change.ADDED]


def test_a_corrected_address_has_to_be_proved_again(session: Session) -> None:
    row = add_shared(SAYABEC)[0]
    row.email_verified_at = NOW
    corrected = details("autre@exemple.quebec", kind=ContactKind.MUNICIPAL, territories=(place(SAYABEC),))

    services.change_contact([row], corrected, author="Ève", now=NOW)

    assert (row.email, row.email_verified_at) == ("autre@exemple.quebec", None)


def test_an_address_is_not_corrected_into_somebody_elses(session: Session) -> None:
    row = add()
    add("autre@exemple.quebec")

    with pytest.raises(Conflict, match="Une autre fiche"):
        services.change_contact([row], details("autre@exemple.quebec"), author="Ève", now=NOW)


def test_who_left_may_come_back_and_each_is_told_once(session: Session) -> None:
    row = add()

    for has_left in (True, True, False, False):
        services.mark_left([row], has_left=has_left, author="Ève", now=NOW)

    assert [change for change, _, _ in moves(session, row.email)] == [Change.ADDED, Change.LEFT, Change.BACK]


# --- « ne pas solliciter » ------------------------------------------------------------------------------


def test_a_refusal_holds_for_every_row_of_the_address_present_and_to_come(session: Session) -> None:
    add_shared(SAYABEC, RIMOUSKI)

    services.bar("DG@exemple.quebec", author="Ève", now=NOW, reason="Dit au téléphone")
    later = add("dg@exemple.quebec", kind=ContactKind.SUBSCRIBER)

    assert [row.do_not_solicit for row in rows(session, "dg@exemple.quebec")] == [True, True, True]
    assert later.do_not_solicit
    assert queries.list_barred(["dg@exemple.quebec", "autre@exemple.quebec"]) == {"dg@exemple.quebec"}


def test_a_refusal_says_who_noted_it_and_when_and_is_told_once(session: Session) -> None:
    add()

    outcomes = [
        services.bar("ecole@exemple.quebec", author="Ève", now=NOW, reason="Au téléphone"),
        services.bar("ecole@exemple.quebec", author="Ève", now=NOW),
        services.unbar("ecole@exemple.quebec", author="Jeanne", now=NOW + timedelta(days=1)),
        services.unbar("ecole@exemple.quebec", author="Jeanne", now=NOW),
    ]

    assert outcomes == [True, False, True, False]
    assert moves(session, "ecole@exemple.quebec")[1:] == [
        (Change.BARRED, "Ève", "Au téléphone"),
        (Change.UNBARRED, "Jeanne", ""),
    ]
    assert queries.list_barred(["ecole@exemple.quebec"]) == frozenset()


def test_a_town_halls_mailbox_that_refuses_becomes_a_contact(session: Session) -> None:
    town = place(SAYABEC)

    services.bar(town.email, author="Ève", now=NOW, territory=town)

    assert [(row.kind, row.territory_id, row.do_not_solicit) for row in rows(session, town.email)] == [
        (ContactKind.MUNICIPAL, town.id, True)
    ]


# --- consents -----------------------------------------------------------------------------------------


def test_a_consent_keeps_its_whole_proof(session: Session) -> None:
    found = services.record_consent(
        "Manon@exemple.quebec",
        purpose=Purpose.NEWSLETTER,
        basis=Basis.EXPRESS,
        since=NOW,
        proof=Proof(
            form="Formulaire d’inscription",
            text_version="2026-11",
            language=Language.FRENCH_AND_ENGLISH,
            ip="2001:db8::1",
            source="/inscription",
            author="Le formulaire public",
        ),
    )
    session.flush()
    session.expire(found)

    assert (
        found.email, found.purpose, found.basis, found.since, found.expires_on, found.form,
        found.text_version, found.language, found.ip, found.source, found.author, found.withdrawn_at,
    ) == (
        "manon@exemple.quebec", Purpose.NEWSLETTER, Basis.EXPRESS, NOW, None, "Formulaire d’inscription",
        "2026-11", Language.FRENCH_AND_ENGLISH, "2001:db8::1", "/inscription", "Le formulaire public", None,
    )  # fmt: skip


def test_the_same_consent_said_twice_is_one_even_after_it_was_withdrawn(session: Session) -> None:
    consent()
    consent()
    kept = queries.load_consents(["ecole@exemple.quebec"])["ecole@exemple.quebec"]
    services.withdraw_consent(kept[0], because="Par courriel", now=NOW)
    session.flush()

    consent()

    assert [
        (row.withdrawn_at, row.withdrawn_because)
        for row in queries.load_consents(["ecole@exemple.quebec"])["ecole@exemple.quebec"]
    ] == [(NOW, "Par courriel")]
    assert not services.withdraw_consent(kept[0], because="Encore", now=NOW + timedelta(days=1))
    assert kept[0].withdrawn_because == "Par courriel"


@pytest.mark.parametrize(
    ("basis", "ended_on", "expires_on"),
    [
        (Basis.EXPRESS, None, None),
        (Basis.EXPRESS, date(2026, 1, 1), None),
        (Basis.MEMBER, None, None),
        (Basis.MEMBER, date(2027, 3, 31), date(2029, 4, 1)),
        (Basis.PARTICIPANT, date(2026, 11, 22), date(2028, 11, 23)),
        (Basis.PARTICIPANT, None, date(2027, 3, 2)),
        (Basis.PUBLISHED, None, None),
    ],
)
def test_each_right_has_the_term_of_the_law(
    session: Session, basis: Basis, ended_on: date | None, expires_on: date | None
) -> None:
    consent(basis=basis, ended_on=ended_on)

    assert session.scalars(sa.select(Consent.expires_on)).all() == [expires_on]


@pytest.mark.parametrize(
    ("basis", "proof"),
    [(Basis.PUBLISHED, Proof(form="Site web")), (Basis.EXPRESS, Proof(author="Jeanne"))],
)
def test_a_right_without_its_proof_is_refused(session: Session, basis: Basis, proof: Proof) -> None:
    with pytest.raises(CampaignError, match="Indiquez"):
        services.record_consent(
            "a@exemple.quebec", purpose=Purpose.CAMPAIGN, basis=basis, since=NOW, proof=proof
        )


def test_proofs_are_erased_three_years_after_their_end(session: Session) -> None:
    for name in ("a", "b", "c"):
        consent(f"{name}@exemple.quebec")
    kept, withdrawn, expired = session.scalars(sa.select(Consent).order_by(Consent.email)).all()
    withdrawn.withdrawn_at = NOW
    expired.expires_on = NOW.date()
    session.flush()

    assert services.forget_old_proofs(NOW + timedelta(days=3 * 365)) == 0
    assert services.forget_old_proofs(NOW + timedelta(days=3 * 366 + 1)) == 2
    assert session.scalars(sa.select(Consent)).all() == [kept]
