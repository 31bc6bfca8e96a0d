"""Accounts, links, passwords and sessions."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.accounts import passwords, queries, services
from campaign.accounts.models import Role, SignInToken, User, UserSession
from campaign.errors import CampaignError, Conflict, Gone
from campaign.outbox.models import Message

NOW = datetime(2027, 9, 1, 14, tzinfo=UTC)
PASSWORD = "cheval pile agrafe"


def person(role: Role = Role.ORGANIZER, email: str = "jeanne@exemple.quebec", **more: object) -> User:
    return services.save_user(email, role, **({"name": "Jeanne", "now": NOW} | more))  # type: ignore[arg-type]  # the test's own values


def test_the_same_address_is_the_same_account(session: Session) -> None:
    first = person()

    again = person(Role.COORDINATOR, " JEANNE@Exemple.Quebec ", region_codes=["09", "01", "09"])

    assert again is first
    assert (again.role, again.region_codes) == (Role.COORDINATOR, frozenset({"01", "09"}))


def test_regions_are_kept_for_coordinators_only(session: Session) -> None:
    assert person(Role.VIEWER, region_codes=["01"]).region_codes == frozenset()
    with pytest.raises(CampaignError, match="au moins une région"):
        person(Role.COORDINATOR)


def test_a_new_account_is_refused_when_the_address_has_one(session: Session) -> None:
    person()

    with pytest.raises(Conflict):
        services.add_user("jeanne@exemple.quebec", Role.VIEWER, name="Autre", region_codes=(), now=NOW)


def test_a_link_is_spent_once_and_kept_hashed(session: Session) -> None:
    user = person()
    token = services.issue_link(user, life=timedelta(minutes=30), now=NOW)

    assert token not in session.scalars(select(SignInToken.token_hash)).all()
    assert services.use_link(token, now=NOW) is user
    with pytest.raises(Gone):
        services.use_link(token, now=NOW)


def test_a_link_ends(session: Session) -> None:
    token = services.issue_link(person(), life=timedelta(minutes=30), now=NOW)

    with pytest.raises(Gone):
        services.use_link(token, now=NOW + timedelta(minutes=30))


def test_a_closed_account_opens_nothing(session: Session) -> None:
    person(Role.ADMIN, "admin@exemple.quebec")
    user = person()
    services.set_password(user, PASSWORD, kept_session_id=None, now=NOW)
    link = services.issue_link(user, life=timedelta(minutes=30), now=NOW)
    cookie = services.open_session(user, device="", now=NOW)

    services.change_user(user, name="Jeanne", role=user.role, region_codes=(), is_active=False, now=NOW)
    session.expire_all()

    assert queries.find_open_session(cookie, NOW) is None
    assert services.check_password("jeanne@exemple.quebec", PASSWORD) is None
    with pytest.raises(Gone):
        services.use_link(link, now=NOW)


def test_the_last_administrator_stays_one(session: Session) -> None:
    admin = person(Role.ADMIN)

    with pytest.raises(Conflict, match="seul compte d’administration"):
        services.change_user(
            admin, name="Jeanne", role=Role.ORGANIZER, region_codes=(), is_active=True, now=NOW
        )
    with pytest.raises(Conflict, match="seul compte d’administration"):
        services.change_user(admin, name="Jeanne", role=Role.ADMIN, region_codes=(), is_active=False, now=NOW)


def test_asking_for_a_link_writes_to_known_addresses_only_and_not_without_end(session: Session) -> None:
    person()

    services.ask_for_link("inconnue@exemple.quebec", next_address="", now=NOW)
    services.ask_for_link("pas une adresse", next_address="", now=NOW)
    for _ in range(services.MAX_LINKS_PER_HOUR + 2):
        services.ask_for_link("Jeanne@exemple.quebec", next_address="", now=NOW)

    sent_to = session.scalars(select(Message.to_email)).all()
    assert sent_to == ["jeanne@exemple.quebec"] * services.MAX_LINKS_PER_HOUR


def test_the_letter_carries_the_link_in_both_parts_and_no_token_elsewhere(session: Session) -> None:
    person()

    services.ask_for_link("jeanne@exemple.quebec", next_address="/gestion/compte", now=NOW)

    letter = session.scalars(select(Message)).one()
    (line,) = [line for line in letter.text.splitlines() if "/connexion/" in line]
    token = line.split("/connexion/")[1].split("?")[0]
    assert line.endswith("?next=/gestion/compte")
    assert queries.find_usable_link(token, NOW) is not None
    assert token in letter.html
    assert token not in letter.subject + str(letter.headers) + letter.message_id
    assert "30\u00a0minutes" in letter.text


def test_a_password_opens_the_account_and_a_wrong_one_does_not(session: Session) -> None:
    user = person()
    services.set_password(user, PASSWORD, kept_session_id=None, now=NOW)

    assert services.check_password("JEANNE@exemple.quebec", PASSWORD) is user
    assert services.check_password("jeanne@exemple.quebec", "cheval pile agrafé") is None
    assert services.check_password("jeanne@exemple.quebec", "") is None
    assert services.check_password("inconnue@exemple.quebec", PASSWORD) is None
    assert PASSWORD not in user.password_hash


def test_an_account_without_password_is_opened_by_none(session: Session) -> None:
    person()

    assert services.check_password("jeanne@exemple.quebec", "") is None
    assert services.check_password("jeanne@exemple.quebec", "personne n’a ce mot de passe") is None


def test_an_old_hash_is_renewed_at_sign_in(session: Session) -> None:
    user = person()
    user.password_hash = weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)

    services.check_password("jeanne@exemple.quebec", PASSWORD)

    assert user.password_hash != weak
    assert not passwords.needs_rehash(user.password_hash)
    assert services.check_password("jeanne@exemple.quebec", PASSWORD) is user


def test_choosing_a_password_closes_the_other_devices(session: Session) -> None:
    user = person()
    here = services.open_session(user, device="", now=NOW)
    there = services.open_session(user, device="", now=NOW)
    own = queries.find_open_session(here, NOW)
    assert own is not None

    services.set_password(user, PASSWORD, kept_session_id=own.id, now=NOW)
    session.expire_all()

    assert queries.find_open_session(here, NOW) is not None
    assert queries.find_open_session(there, NOW) is None


def test_a_person_closes_their_own_sessions_only(session: Session) -> None:
    jeanne, eve = person(), person(email="eve@exemple.quebec")
    token = services.open_session(eve, device="", now=NOW)
    opened = queries.find_open_session(token, NOW)
    assert opened is not None

    assert services.close_session(jeanne, opened.id, now=NOW) is False
    assert services.close_session(eve, opened.id, now=NOW) is True
    assert services.close_session(eve, opened.id, now=NOW) is False


def test_a_session_ends_and_its_use_is_noted_at_most_each_five_minutes(session: Session) -> None:
    token = services.open_session(person(), device="Firefox (Windows)", now=NOW)
    opened = queries.find_open_session(token, NOW)
    assert opened is not None

    services.note_activity(opened.id, NOW + timedelta(minutes=4))
    assert queries.find_open_session(token, NOW) == opened
    services.note_activity(opened.id, NOW + timedelta(minutes=6))
    assert queries.find_open_session(token, NOW) == opened._replace(last_seen_at=NOW + timedelta(minutes=6))
    assert queries.find_open_session(token, NOW + services.SESSION_LIFE) is None


def test_what_ended_long_ago_is_forgotten(session: Session) -> None:
    user = person()
    services.issue_link(user, life=timedelta(minutes=30), now=NOW)
    services.open_session(user, device="", now=NOW)
    later = NOW + services.SESSION_LIFE + services.KEPT_AFTER_END + timedelta(minutes=1)
    services.issue_link(user, life=timedelta(minutes=30), now=later)

    assert services.forget_expired(NOW + timedelta(days=1)) == 0
    assert services.forget_expired(later) == 2
    assert len(session.scalars(select(SignInToken)).all()) == 1
    assert session.scalars(select(UserSession)).all() == []


@pytest.mark.parametrize("password", ["onze lettre", "x" * 201])
def test_passwords_too_short_or_too_long_are_never_hashed(password: str) -> None:
    with pytest.raises(ValueError, match="length"):
        passwords.make_hash(password)
    assert passwords.verify("", password) is False
