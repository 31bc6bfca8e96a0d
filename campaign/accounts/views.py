"""Signing in and out, one's own account, and the accounts of the team."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts import access, queries, services
from campaign.accounts.access import current_user, require
from campaign.accounts.forms import ROLE_HELPS, ROLE_NAMES, AccountForm, PasswordForm, SignInForm
from campaign.accounts.models import Role, User
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.extensions import limiter
from campaign.i18n import _

blueprint = Blueprint("accounts", __name__)

FRESH = timedelta(minutes=15)
"""So soon after signing in, choosing a password does not ask for the present one."""

DEVICES = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}
BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
"""Signs in what a browser says of itself, the most telling first."""


def _typed_address() -> str:
    """What a limit on one account counts by; hashed, since the counter is kept outside the database."""
    typed = request.form.get("email", "").strip().lower()
    return hashlib.sha256(typed.encode()).hexdigest()


def _next_address() -> str:
    wanted = request.values.get("next", "")
    return wanted if access.is_inside(wanted) else ""


@blueprint.route("/connexion", methods=["GET", "POST"])
@limiter.limit("20 per minute; 100 per hour", methods=["POST"])
@limiter.limit("10 per 15 minutes", key_func=_typed_address, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for a link, or give a password. The answer never tells whether an account exists."""
    if access.find_signed_in() is not None:
        return redirect(_next_address() or access.home_of(access.current_user()))
    form = SignInForm()
    if form.validate_on_submit():
        if form.password.data:
            return _sign_in_by_password(form)
        with transaction():
            services.ask_for_link(form.email.data or "", next_address=_next_address(), now=clock.now())
        return redirect(url_for("accounts.link_asked"))
    return render_template("accounts/sign_in.html", form=form, next_address=_next_address())


def _sign_in_by_password(form: SignInForm) -> ResponseReturnValue:
    with transaction():
        user = services.check_password(form.email.data or "", form.password.data or "")
        token = services.open_session(user, device=_device(), now=clock.now()) if user else None
    if token is None:
        form.password.errors = [
            _("L’adresse ou le mot de passe ne correspond pas. Réessayez, ou laissez ce champ vide.")
        ]
        page = render_template("accounts/sign_in.html", form=form, next_address=_next_address())
        return page, 422
    access.sign_in(token)
    return redirect(_next_address() or access.home_of(access.current_user()))


@blueprint.get("/connexion/lien-demande")
def link_asked() -> ResponseReturnValue:
    """What to do now; the same for everyone."""
    return render_template(
        "accounts/link_asked.html", minutes=services.MAILED_LINK_LIFE // timedelta(minutes=1)
    )


@blueprint.get("/connexion/<token>")
@limiter.limit("60 per minute")
def open_link(token: str) -> ResponseReturnValue:
    """Shows a button: programs that open links in mails spend nothing."""
    if queries.find_usable_link(token, clock.now()) is None:
        return render_template("accounts/link_gone.html"), 410
    return render_template("accounts/open_link.html", next_address=_next_address())


@blueprint.post("/connexion/<token>")
@limiter.limit("20 per minute")
def use_link(token: str) -> ResponseReturnValue:
    """Spend the link and open a session on this device."""
    now = clock.now()
    with transaction():
        user = services.use_link(token, now=now)
        session_token = services.open_session(user, device=_device(), now=now)
    access.sign_in(session_token)
    return redirect(_next_address() or access.home_of(access.current_user()))


@blueprint.post("/deconnexion")
@blueprint.post("/gestion/deconnexion")
def sign_out() -> ResponseReturnValue:
    """Close the session of this device, here and in the table."""
    person = access.find_signed_in()
    if person is not None:
        with transaction():
            services.close_session(person.user, person.session_id, now=clock.now())
        access.sign_out()
    flash(_("Votre session est fermée."), "success")
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/gestion/compte")
@require()
def own_account() -> ResponseReturnValue:
    """One's own account: password, and the devices on which it is open."""
    return _own_account(_password_form())


@blueprint.post("/gestion/compte/mot-de-passe")
@require()
@limiter.limit("10 per 15 minutes")
def change_password() -> ResponseReturnValue:
    """Choose a password; the other devices are signed out."""
    form = _password_form()
    if not form.validate():
        return _own_account(form), 422
    with transaction():
        services.set_password(
            current_user(),
            form.password.data or "",
            kept_session_id=access.present().session_id,
            now=clock.now(),
        )
    flash(_("Votre mot de passe est enregistré. Vos autres appareils sont déconnectés."), "success")
    return redirect(url_for("accounts.own_account"))


@blueprint.post("/gestion/compte/sessions/<int:session_id>/fermer")
@require()
def close_session(session_id: int) -> ResponseReturnValue:
    """Sign one of one's own devices out."""
    with transaction():
        is_closed = services.close_session(current_user(), session_id, now=clock.now())
    if not is_closed:
        raise NotFound(_("Cette session est déjà fermée."))
    flash(_("La session est fermée."), "success")
    return redirect(url_for("accounts.own_account"))


@blueprint.post("/gestion/compte/sessions/fermer-les-autres")
@require()
def close_other_sessions() -> ResponseReturnValue:
    """Sign every other device out."""
    with transaction():
        services.close_all_sessions(current_user(), besides=access.present().session_id, now=clock.now())
    flash(_("Vos autres sessions sont fermées."), "success")
    return redirect(url_for("accounts.own_account"))


@blueprint.get("/gestion/comptes")
@require(Role.ADMIN)
def list_accounts() -> ResponseReturnValue:
    """Everyone who can sign in."""
    return render_template(
        "accounts/list.html",
        users=queries.list_users(),
        role_names=ROLE_NAMES,
        region_names=dict(_regions()),
    )


@blueprint.route("/gestion/comptes/ajouter", methods=["GET", "POST"])
@require(Role.ADMIN)
def add_account() -> ResponseReturnValue:
    """Open an account and mail its owner a way in."""
    form = AccountForm(regions=_regions())
    if form.validate_on_submit():
        details = form.to_details()
        now = clock.now()
        with transaction():
            user = services.add_user(
                details.email, details.role, name=details.name, region_codes=details.region_codes, now=now
            )
            services.invite(user, now=now)
        flash(_("Le compte est ouvert. Un lien de connexion part par courriel."), "success")
        return redirect(url_for("accounts.list_accounts"))
    return _account_page(form, None), 422 if form.errors else 200


@blueprint.route("/gestion/comptes/<int:user_id>", methods=["GET", "POST"])
@require(Role.ADMIN)
def edit_account(user_id: int) -> ResponseReturnValue:
    """Correct an account, close it or open it again."""
    user = queries.get_user(user_id)
    form = AccountForm(regions=_regions(), data=AccountForm.filled_with(user))
    form.email.data = user.email  # an address is an identity: another address is another account
    if form.validate_on_submit():
        details = form.to_details()
        with transaction():
            services.change_user(
                queries.get_user(user_id),
                name=details.name,
                role=details.role,
                region_codes=details.region_codes,
                is_active=details.is_active,
                now=clock.now(),
            )
        flash(_("Le compte est enregistré."), "success")
        return redirect(url_for("accounts.list_accounts"))
    return _account_page(form, user), 422 if form.errors else 200


@blueprint.post("/gestion/comptes/<int:user_id>/inviter")
@require(Role.ADMIN)
def invite_again(user_id: int) -> ResponseReturnValue:
    """Mail a new way in."""
    with transaction():
        services.invite(queries.get_user(user_id), now=clock.now())
    flash(_("Un nouveau lien de connexion part par courriel."), "success")
    return redirect(url_for("accounts.edit_account", user_id=user_id))


@blueprint.before_app_request
def remember_activity() -> None:
    """Reading changes nothing: only what a person sends counts as activity."""
    if request.method != "POST" or not request.cookies:
        return
    person = access.find_signed_in()
    if person is not None and person.last_seen_at < clock.now() - services.SEEN_EVERY:
        with transaction():
            services.note_activity(person.session_id, clock.now())


def _password_form() -> PasswordForm:
    user = current_user()
    is_fresh = clock.now() - access.present().opened_at < FRESH
    return PasswordForm(user=user, asks_current=bool(user.password_hash) and not is_fresh)


def _own_account(form: PasswordForm) -> str:
    user = current_user()
    return render_template(
        "accounts/own.html",
        user=user,
        form=form,
        role_name=ROLE_NAMES[user.role],
        region_names=[name for code, name in _regions() if code in user.region_codes],
        sessions=queries.list_open_sessions(user, clock.now()),
        own_session_id=access.present().session_id,
    )


def _account_page(form: AccountForm, user: User | None) -> str:
    return render_template("accounts/edit.html", form=form, user=user, role_helps=ROLE_HELPS)


def _regions() -> list[tuple[str, str]]:
    """Code and name of each region; the application says who knows them."""
    regions: list[tuple[str, str]] = current_app.extensions["regions"]()
    return regions


def _device() -> str:
    """« Firefox (Windows) »: enough for its owner to recognize it, and nothing more is kept."""
    agent = request.user_agent.string
    system = next((name for sign, name in DEVICES.items() if sign in agent), "")
    browser = next((name for sign, name in BROWSERS.items() if sign in agent), "")
    if browser and system:
        return f"{browser} ({system})"
    return browser or system or "Appareil inconnu"
