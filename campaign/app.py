"""Builds the application: settings, extensions, rooms, in that order."""

from __future__ import annotations

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from campaign import (
    accounts,
    agenda,
    board,
    campaigns,
    checkin,
    contacts,
    events,
    health,
    mailings,
    outbox,
    participations,
    registrations,
    territory,
    web,
)
from campaign.config import ROOT, Settings
from campaign.db import db, prepare_engine
from campaign.extensions import LateMigrate, babel, csrf, limiter, login_manager
from campaign.hits import MachineStorage
from campaign.i18n import LOCALE
from campaign.mailings.relations import select_relations
from campaign.territory.queries import list_regions
from campaign.web.environment import PageEnvironment


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application; reads the environment when no settings are given."""
    settings = settings or Settings.from_environment(os.environ)
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    app = Flask(
        "campaign",
        instance_path=str(settings.instance_dir.resolve()),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.jinja_environment = PageEnvironment
    app.config.from_mapping(_flask_config(settings))
    app.extensions["settings"] = settings
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to install it
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    _bind_extensions(app)
    for room in (
        web,
        outbox,
        accounts,
        territory,
        campaigns,
        contacts,
        events,
        participations,
        agenda,
        registrations,
        checkin,
        mailings,
        board,
        health,
    ):
        room.init_app(app)
    # Accounts are given regions, and stand below the room that knows them.
    app.extensions["regions"] = lambda: [(region.code, region.name) for region in list_regions()]
    # Contacts are told who took part, and stand below the rooms that know it.
    app.extensions["relations"] = select_relations
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SESSION_COOKIE_SECURE": settings.is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "__Host-pavois" if settings.is_secure else "pavois",
        # The session of an account ends in the database: signing its cookie at each answer prolongs nothing.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "MAX_CONTENT_LENGTH": 1_000_000,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "WTF_CSRF_TIME_LIMIT": None,  # a long form may stay open longer than an hour
        "WTF_CSRF_SSL_STRICT": settings.is_secure,
        "BABEL_DEFAULT_LOCALE": LOCALE,
        "BABEL_DEFAULT_TIMEZONE": "America/Toronto",
        "RATELIMIT_STORAGE_URI": settings.redis_url or f"{MachineStorage.STORAGE_SCHEME[0]}://",
        "RATELIMIT_HEADERS_ENABLED": True,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "TESTING": settings.is_testing,
    }


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    LateMigrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    csrf.init_app(app)
    login_manager.init_app(app)
    limiter.init_app(app)
    babel.init_app(app)
