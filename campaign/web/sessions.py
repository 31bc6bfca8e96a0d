"""The session of a visitor, opened for those who have one."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class LateSessionInterface(SecureCookieSessionInterface):
    """As Flask's, but who brings no cookie costs no signature: programs that come back for a calendar, most
    readers of public pages. Making ready to read one takes a tenth of the time of their answer."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)
