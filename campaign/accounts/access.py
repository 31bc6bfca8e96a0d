"""Who may do what: the guard of each page, and the territory that a person sees.

@blueprint.get("/gestion/…")
@require(Role.ORGANIZER, Role.COORDINATOR)
def page() -> …:
    scope = scope_of(current_user())
    scope.check(municipality.region_code)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

import flask_login
from flask import Response, redirect, request, session, url_for
from flask_login import UserMixin

from campaign import clock
from campaign.accounts import queries
from campaign.accounts.models import Role, User
from campaign.accounts.queries import OpenSession
from campaign.errors import Refused
from campaign.i18n import _

P = ParamSpec("P")
R = TypeVar("R")

HOME = "/gestion"
DOORS = "/gestion/accueil"
"""Where hosts begin: they have no other page."""

READERS = (Role.ADMIN, Role.ORGANIZER, Role.COORDINATOR, Role.VIEWER)
"""Whoever may look at the edition; a coordinator only at their regions."""

EDITORS = (Role.ADMIN, Role.ORGANIZER, Role.COORDINATOR)
"""Whoever may change something; a coordinator only in their regions."""


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login carries no types
    """What Flask-Login keeps of a request's person: the session on this device, known by its token.

    The cookie names the session, not the person: revoking the row closes the device at its next request.
    """

    def __init__(self, opened: OpenSession, token: str) -> None:
        self.user_id = opened.user_id
        self.name = opened.name
        self.role = opened.role
        self.session_id = opened.id
        self.token = token
        self.opened_at = opened.opened_at
        self.last_seen_at = opened.last_seen_at

    def get_id(self) -> str:
        return self.token

    @cached_property
    def user(self) -> User:
        """The account, read by the pages that ask for more than the name and the role."""
        return queries.get_user(self.user_id)

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def may_edit(self) -> bool:
        return self.role in EDITORS


def load_signed_in(token: str) -> SignedIn | None:
    """What Flask-Login asks at each request that has a session cookie."""
    opened = queries.find_open_session(token, clock.now())
    return SignedIn(opened, token) if opened else None


def find_signed_in() -> SignedIn | None:
    """The person of this request, if somebody is signed in."""
    person = flask_login.current_user._get_current_object()
    return person if isinstance(person, SignedIn) else None


def present() -> SignedIn:
    """The person of this request; only behind `require`."""
    person = find_signed_in()
    if person is None:
        raise Refused(_("Connectez-vous pour continuer."))
    return person


def current_user() -> User:
    """The account of this request's person; only behind `require`."""
    return present().user


def require(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a page: strangers are led to sign in, other roles refused; without roles, any account will do."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            person = find_signed_in()
            if person is None:
                return cast(R, lead_to_sign_in())
            if roles and person.role not in roles:
                raise Refused(
                    _("Cette page est réservée à d’autres rôles. Adressez-vous à l’équipe de la campagne.")
                )
            return view(*args, **kwargs)

        guarded.required_roles = frozenset(roles or Role)  # type: ignore[attr-defined]  # read by the house tests
        return guarded

    return guard


def lead_to_sign_in() -> Response:
    """Where a stranger goes; after signing in they come back to the page they asked for."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    is_worth_keeping = is_inside(wanted) and wanted != HOME
    return cast(Response, redirect(url_for("accounts.sign_in", next=wanted if is_worth_keeping else None)))


def guard_management() -> Response | None:
    """Every address under /gestion, known or not, is closed to strangers, whatever else is wrong with it."""
    is_management = request.path == HOME or request.path.startswith(f"{HOME}/")
    if is_management and find_signed_in() is None:
        return lead_to_sign_in()
    return None


def is_inside(address: str) -> bool:
    """Is it a page of the team, on this site? Nobody is sent elsewhere by a link that begins here."""
    if not address.startswith(HOME) or "\\" in address or any(ord(letter) < 33 for letter in address):
        return False
    parts = urlsplit(address)
    path = parts.path
    return not parts.scheme and not parts.netloc and (path == HOME or path.startswith(f"{HOME}/"))


@dataclass(frozen=True)
class Scope:
    """The regions that a person sees and touches; None is all of Québec."""

    region_codes: frozenset[str] | None

    def allows(self, region_code: str | None) -> bool:
        """Is this region theirs? What has no region belongs to the whole team only."""
        return self.region_codes is None or (region_code is not None and region_code in self.region_codes)

    def check(self, region_code: str | None) -> None:
        """Refuse what is outside."""
        if not self.allows(region_code):
            raise Refused(_("Cette municipalité n’est pas dans vos régions."))


def scope_of(user: User) -> Scope:
    """What this account may see: a coordinator their regions, the others everything."""
    return Scope(user.region_codes if user.role is Role.COORDINATOR else None)


def home_of(user: User) -> str:
    """Where somebody who has just signed in begins."""
    return DOORS if user.role is Role.HOST else HOME


def sign_in(token: str) -> None:
    """Put the session in this browser's cookie; whatever was in the cookie before is dropped."""
    opened = load_signed_in(token)
    if opened is None:
        raise Refused(_("Connectez-vous de nouveau."))
    session.clear()
    session.permanent = True
    flask_login.login_user(opened)


def sign_out() -> None:
    """Empty this browser's cookie."""
    flask_login.logout_user()
    session.clear()
