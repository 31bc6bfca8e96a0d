"""By what right an address is written to: what the law says of each day, held for all days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.contacts.basis import (
    Found,
    Missing,
    Participated,
    Published,
    Why,
    end_of_relation,
    find_basis,
    months_after,
    oldest_relation,
)
from campaign.contacts.models import Basis, Consent, Purpose

TODAY = date(2027, 11, 1)
TWELFTH = Participated(year=2027, until=date(2027, 11, 21))
DIRECTORY = Published(source="répertoire du MAMH", on=date(2026, 11, 1))

days = st.dates(min_value=date(2015, 1, 1), max_value=date(2060, 12, 31))
purposes = st.sampled_from(list(Purpose))
implied = st.sampled_from([Basis.MEMBER, Basis.PARTICIPANT])


def consent(
    basis: Basis = Basis.EXPRESS, purpose: Purpose = Purpose.NEWSLETTER, *, on: date = date(2026, 9, 1),
    expires_on: date | None = None, is_withdrawn: bool = False, source: str = "Salon de Rimouski",
) -> Consent:  # fmt: skip
    since = datetime(on.year, on.month, on.day, 16, tzinfo=UTC)
    return Consent(
        email="manon@exemple.quebec",
        purpose=purpose,
        basis=basis,
        since=since,
        expires_on=expires_on,
        form="Formulaire papier",
        source=source,
        withdrawn_at=since + timedelta(days=1) if is_withdrawn else None,
    )


def basis_of(found: Found | Missing) -> Basis | Why:
    return found.basis if isinstance(found, Found) else found.why


# --- the term of a relation ---------------------------------------------------------------------------


def test_a_participation_of_24_months_is_good_and_one_day_more_is_not() -> None:
    last = Participated(year=2025, until=date(2025, 11, 23))

    on_last_day = find_basis([], last, purpose=Purpose.COMMERCIAL, today=date(2027, 11, 23))
    day_after = find_basis([], last, purpose=Purpose.COMMERCIAL, today=date(2027, 11, 24))

    assert on_last_day == Found(
        basis=Basis.PARTICIPANT,
        expires_on=date(2027, 11, 24),
        proof="Participation à l’édition 2025 (semaine finissant le 23\u00a0novembre\u00a02025).",
    )
    assert day_after == Missing(
        why=Why.EXPIRED,
        sentence="Base expirée depuis le 24\u00a0novembre\u00a02027. "
        "Participation à l’édition 2025 (semaine finissant le 23\u00a0novembre\u00a02025).",
    )


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2026, 2, 28), 24, date(2028, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_a_month_ends_on_its_own_last_day(start: date, months: int, end: date) -> None:
    assert months_after(start, months) == end


@given(until=days, today=days)
def test_a_participation_allows_offers_exactly_until_its_term(until: date, today: date) -> None:
    found = find_basis(
        [], Participated(year=until.year, until=until), purpose=Purpose.COMMERCIAL, today=today
    )

    assert isinstance(found, Found) == (today <= months_after(until, 24))


@given(until=days, today=days)
def test_the_oldest_good_relation_is_the_one_that_lists_stop_at(until: date, today: date) -> None:
    assert (until >= oldest_relation(today)) == (today < end_of_relation(until))


@given(until=days)
def test_a_relation_never_lasts_more_than_its_law(until: date) -> None:
    assert 729 <= (end_of_relation(until) - until).days <= 732


@given(basis=implied, on=days, kept=st.integers(1, 2000), later=st.integers(0, 4000))
def test_a_written_term_is_obeyed(basis: Basis, on: date, kept: int, later: int) -> None:
    known = consent(basis, on=on, expires_on=on + timedelta(days=kept))

    found = find_basis([known], purpose=Purpose.COMMERCIAL, today=on + timedelta(days=later))

    assert isinstance(found, Found) == (later < kept)


def test_a_participation_without_a_written_term_has_that_of_the_law() -> None:
    known = consent(Basis.PARTICIPANT, on=date(2025, 11, 23))

    assert basis_of(find_basis([known], purpose=Purpose.COMMERCIAL, today=date(2027, 11, 23))) is (
        Basis.PARTICIPANT
    )
    assert basis_of(find_basis([known], purpose=Purpose.COMMERCIAL, today=date(2027, 11, 24))) is Why.EXPIRED


# --- express consent ----------------------------------------------------------------------------------


@given(on=days, years=st.integers(0, 60), expires_on=st.none() | days)
def test_an_express_consent_never_expires(on: date, years: int, expires_on: date | None) -> None:
    known = consent(on=on, expires_on=expires_on)

    found = find_basis([known], purpose=Purpose.NEWSLETTER, today=months_after(on, 12 * years))

    assert (basis_of(found), isinstance(found, Found) and found.expires_on) == (Basis.EXPRESS, None)


@given(on=days, today=days, purpose=purposes)
def test_a_consent_is_worth_nothing_before_it_is_given(on: date, today: date, purpose: Purpose) -> None:
    found = find_basis([consent(purpose=purpose, on=on)], purpose=purpose, today=today)

    assert isinstance(found, Found) == (today >= on)


@given(purpose=purposes, basis=st.sampled_from(list(Basis)), today=days)
def test_a_withdrawn_consent_serves_nothing_on_any_day(purpose: Purpose, basis: Basis, today: date) -> None:
    known = consent(basis, purpose, on=date(2015, 1, 1), is_withdrawn=True)

    assert basis_of(find_basis([known], purpose=purpose, today=today)) is Why.NONE


def test_consenting_to_the_newsletter_is_not_consenting_to_offers() -> None:
    newsletter = consent(purpose=Purpose.NEWSLETTER)

    answers = {
        purpose: basis_of(find_basis([newsletter], purpose=purpose, today=TODAY)) for purpose in Purpose
    }

    assert answers == {
        Purpose.CAMPAIGN: Basis.EXPRESS,
        Purpose.NEWSLETTER: Basis.EXPRESS,
        Purpose.COMMERCIAL: Why.NOT_ENOUGH,
    }


# --- what each purpose asks for -----------------------------------------------------------------------


def test_a_published_address_is_invited_and_never_gets_the_newsletter() -> None:
    answers = {
        purpose: basis_of(find_basis([], None, DIRECTORY, purpose=purpose, today=TODAY))
        for purpose in Purpose
    }

    assert answers == {
        Purpose.CAMPAIGN: Basis.PUBLISHED,
        Purpose.NEWSLETTER: Why.NOT_ENOUGH,
        Purpose.COMMERCIAL: Basis.PUBLISHED,
    }


def test_an_old_participation_is_invited_and_offered_nothing() -> None:
    old = Participated(year=2019, until=date(2019, 11, 24))

    assert basis_of(find_basis([], old, purpose=Purpose.CAMPAIGN, today=TODAY)) is Basis.PARTICIPANT
    assert basis_of(find_basis([], old, purpose=Purpose.COMMERCIAL, today=TODAY)) is Why.EXPIRED


def test_a_member_may_be_written_to_for_everything() -> None:
    member = consent(Basis.MEMBER, Purpose.CAMPAIGN)

    assert {
        purpose: basis_of(find_basis([member], purpose=purpose, today=TODAY)) for purpose in Purpose
    } == dict.fromkeys(Purpose, Basis.MEMBER)


@pytest.mark.parametrize(
    "published",
    [
        Published(source="", on=date(2026, 11, 1)),
        Published(source="répertoire du MAMH", on=None),
        Published(source="répertoire du MAMH", on=TODAY + timedelta(days=1)),
    ],
)
def test_a_publication_without_its_source_or_its_day_proves_nothing(published: Published) -> None:
    assert basis_of(find_basis([], None, published, purpose=Purpose.CAMPAIGN, today=TODAY)) is Why.NONE


def test_a_noted_publication_needs_its_source_too() -> None:
    known = consent(Basis.PUBLISHED, Purpose.CAMPAIGN, source="")

    assert basis_of(find_basis([known], purpose=Purpose.CAMPAIGN, today=TODAY)) is Why.NONE


@given(
    bases=st.lists(st.tuples(st.sampled_from(list(Basis)), purposes), max_size=4),
    is_participant=st.booleans(),
    is_published=st.booleans(),
    purpose=purposes,
)
def test_who_asked_not_to_be_solicited_is_not(
    bases: list[tuple[Basis, Purpose]], is_participant: bool, is_published: bool, purpose: Purpose
) -> None:
    known = [consent(basis, told) for basis, told in bases]

    found = find_basis(
        known,
        TWELFTH if is_participant else None,
        DIRECTORY if is_published else None,
        True,
        purpose=purpose,
        today=TODAY,
    )

    assert found == Missing(why=Why.DO_NOT_SOLICIT, sentence="A demandé de ne pas être sollicitée.")


@given(bases=st.lists(st.tuples(st.sampled_from(list(Basis)), purposes), max_size=4), purpose=purposes)
def test_one_more_right_never_takes_one_away(bases: list[tuple[Basis, Purpose]], purpose: Purpose) -> None:
    known = [consent(basis, told) for basis, told in bases]

    before = find_basis(known, purpose=purpose, today=TODAY)
    after = find_basis(known, TWELFTH, DIRECTORY, purpose=purpose, today=TODAY)

    assert isinstance(after, Found) or not isinstance(before, Found)


def test_the_strongest_right_is_the_one_told() -> None:
    found = find_basis(
        [consent(Basis.MEMBER, Purpose.COMMERCIAL), consent(Basis.EXPRESS, Purpose.COMMERCIAL)],
        TWELFTH,
        DIRECTORY,
        purpose=Purpose.COMMERCIAL,
        today=TODAY,
    )

    assert found == Found(
        basis=Basis.EXPRESS,
        expires_on=None,
        proof="Consentement exprès, le 1er\u00a0septembre\u00a02026 (Formulaire papier, Salon de Rimouski).",
    )


def test_an_expired_right_gives_way_to_one_that_is_good() -> None:
    old = Participated(year=2019, until=date(2019, 11, 24))

    found = find_basis([], old, DIRECTORY, purpose=Purpose.CAMPAIGN, today=TODAY)

    assert found == Found(
        basis=Basis.PUBLISHED,
        expires_on=None,
        proof="Adresse publiée, répertoire du MAMH, en date du 1er\u00a0novembre\u00a02026.",
    )
