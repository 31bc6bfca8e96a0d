"""The people who organize: their accounts, their sessions, what each may see."""

from flask import Flask

from campaign.accounts import access, views
from campaign.extensions import login_manager


def init_app(app: Flask) -> None:
    """Give the application this room's pages, and the lock of all pages of the team."""
    login_manager.session_protection = (
        None  # our sessions are rows that can be revoked; a phone changes networks
    )
    login_manager.user_loader(access.load_signed_in)
    # « Remember me » is not offered. Looking for it would open the session at each answer, which then says
    # that it varies by cookie and is kept by nobody.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
    app.register_blueprint(views.blueprint)
    # Before the CSRF check too: a stranger is told to sign in, whatever they send.
    app.before_request_funcs.setdefault(None, []).insert(0, access.guard_management)
