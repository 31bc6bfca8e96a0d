"""The page of the door, and what it exchanges with the server; it works on without network."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, present, require
from campaign.checkin import doors, frames, guessing, messages, phones, queries, services
from campaign.checkin.access import DOOR_ROLES
from campaign.checkin.guessing import Guesser
from campaign.checkin.services import Phone
from campaign.config import ROOT
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.registrations.queries import find_rules
from campaign.web.assets import static_url, stylesheet_url
from campaign.web.uploads import takes_files

blueprint = Blueprint("door", __name__, url_prefix="/gestion/accueil")

PROGRAMME = ROOT / "static" / "js" / "door"
WORKER = "worker.js"
OVERLAP = timedelta(minutes=1)
"""What was told in the last minute is told again: a slower writer may have been before in time, and after in
the order of commits."""
DAY = timedelta(days=1)


@blueprint.get("")
@require(*DOOR_ROLES)
def index() -> str:
    """The doors that this person may stand at, soonest first."""
    user = current_user()
    return render_template(
        "checkin/index.html",
        events=doors.list_doors(user, since=clock.today(clock.now() - DAY)),
        may_edit=user.role in EDITORS,
    )


@blueprint.get("/<int:event_id>")
@require(*DOOR_ROLES)
def stand(event_id: int) -> str:
    """The door itself: a shell without anybody's name, that phones keep; people come by `people`."""
    event = get_door(event_id)
    rules = find_rules(event_id)
    return render_template(
        "checkin/door.html",
        event=event,
        sittings=[(sitting, doors.sitting_text(event, sitting)) for sitting in services.sessions_of(event)],
        takes_children=rules is not None and rules.takes_children,
        may_edit=current_user().role in EDITORS,
        programme_url=url_for(".programme", version=programme_version(), name="main.mjs"),
    )


@blueprint.post("/<int:event_id>/ouvrir")
@require(*DOOR_ROLES)
@limiter.limit("30 per hour")
def open_list(event_id: int) -> Response:
    """Make this phone one of the door's; its token is told here, once."""
    body = _body()
    name = body.get("porte", "")
    user, now = current_user(), clock.now()
    with transaction():
        event = get_door(event_id)
        device, token = services.open_door(
            event, user, name if isinstance(name, str) else "", session_id=present().session_id, now=now
        )
    return _answer(
        {
            "jeton": token,
            "porte": device.door,
            "expire": device.expires_at.isoformat(),
            "maintenant": now.isoformat(),
        }
    )


@blueprint.get("/<int:event_id>/liste.json")
@require(*DOOR_ROLES)
def people(event_id: int) -> Response:
    """Everybody whom this phone may meet, and who is in already."""
    phone = _phone(event_id)
    now = clock.now()
    is_over = now >= phone.expires_at
    version = queries.version_of_list(event_id)
    return _answer(
        {
            "version": version,
            "personnes": [] if is_over else queries.door_list(event_id, phone.sittings),
            "admissions": [] if is_over else queries.list_admissions(event_id),
            "curseur": (now - OVERLAP).isoformat(),
            "maintenant": now.isoformat(),
            "csrf": generate_csrf(),
        }
    )


@blueprint.post("/<int:event_id>/lectures")
@require(*DOOR_ROLES)
def receive(event_id: int) -> Response:
    """Take in what a phone did, tell it what the others did."""
    report = messages.read_report(_body())
    guesser = _guesser()
    guessing.check(guesser)
    now = clock.now()
    with transaction():
        phone = _phone(event_id)
        outcomes = services.take_in(phone, report.scans, phone_now=report.phone_now, now=now)
        answer: dict[str, Any] = {
            "resultats": messages.told(outcomes),
            "admissions": queries.list_admissions(event_id, since=report.since),
            "curseur": (now - OVERLAP).isoformat(),
            "maintenant": now.isoformat(),
            "version": queries.version_of_list(event_id),
            "effacer": now >= phone.expires_at,
        }
    guessing.count((outcome.result for outcome in outcomes), guesser, event_id=event_id)
    return _answer(answer)


@blueprint.post("/<int:event_id>/verifier")
@require(*DOOR_ROLES)
def verify(event_id: int) -> Response:
    """What a code that the phone does not know is: of another event, of somebody who registered just now, or
    of nobody. Nothing is recorded."""
    guesser = _guesser()
    guessing.check(guesser)
    _phone(event_id)
    code = _body().get("code", "")
    result = services.look_up(event_id, code if isinstance(code, str) else "")
    guessing.count([result], guesser, event_id=event_id)
    return _answer({"resultat": result.value})


@blueprint.post("/<int:event_id>/lire")
@require(*DOOR_ROLES)
@takes_files(frames.MAX_BYTES)
@limiter.limit("600 per minute")
def read(event_id: int) -> Response:
    """The codes in a picture, for browsers that read none; the picture is not kept."""
    get_door(event_id)
    return _answer({"codes": frames.read_codes(request.get_data(cache=False))})


@blueprint.get("/porte.js")
@require(*DOOR_ROLES)
def worker() -> Response:
    """The service worker, told which files make up the page."""
    shell = {"version": programme_version(), "files": _shell()}
    script = (PROGRAMME / WORKER).read_text(encoding="utf-8")
    return Response(f"const SHELL = {json.dumps(shell)};\n{script}", mimetype="text/javascript")


@blueprint.get("/programme/<version>/<name>")
@require(*DOOR_ROLES)
def programme(version: str, name: str) -> Response:
    """One module of the page; the version in the path makes it import those of the same version."""
    if name not in _modules():
        raise NotFound(_("Ce fichier n’existe pas."))
    return Response((PROGRAMME / name).read_bytes(), mimetype="text/javascript")


def _modules() -> list[str]:
    return sorted(path.name for path in PROGRAMME.glob("*.mjs"))


@cache
def programme_version() -> str:
    """Changes with any file that the page is made of."""
    whole = hashlib.sha256(repr([stylesheet_url(), static_url("js/enhance.js")]).encode())
    for path in sorted((*PROGRAMME.iterdir(), *(ROOT / "templates" / "checkin").glob("door*"))):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def _shell() -> list[str]:
    """All that the page asks for, without network."""
    version = programme_version()
    modules = (url_for(".programme", version=version, name=name) for name in _modules())
    return [
        stylesheet_url(),
        static_url("css/pages/door.css"),
        static_url("js/enhance.js"),
        static_url("img/pavois.svg"),
        "/polices/titre.woff2",
        *modules,
    ]


def get_door(event_id: int) -> Event:
    """That event, if whoever asks may stand at its door, from this device."""
    event = doors.get_door(event_id, current_user())
    services.check_session(event_id, present().session_id)
    return event


def _phone(event_id: int) -> Phone:
    """The phone that speaks to that door, proved."""
    person = present()
    return phones.get_phone(event_id, person.user_id, _token(), session_id=person.session_id)


def _guesser() -> Guesser:
    return Guesser.with_phone(present().user_id, _token())


def _token() -> str:
    return request.headers.get("X-Appareil", "")


def _body() -> dict[str, Any]:
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets in brackets, deeper than any message of ours
        body = None
    return body if isinstance(body, dict) else {}


def _answer(data: dict[str, Any]) -> Response:
    response = jsonify(data)
    response.headers["Cache-Control"] = "no-store"
    return response
