"""The team's pages: the board of an edition, the list, one municipality's file, the messages, the export."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, READERS, current_user, find_signed_in, require, scope_of
from campaign.accounts.models import Role
from campaign.board import calls, export, queries, reading
from campaign.board.filters import Filters, Group
from campaign.board.queries import PAGE_LENGTH, Regions
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.contacts.queries import list_visible_regions
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events.wording import Occasion
from campaign.i18n import _
from campaign.mailings import timeline
from campaign.outbox import services as outbox
from campaign.outbox import words
from campaign.outbox.models import Message, MessageState
from campaign.outbox.queries import words_of
from campaign.participations import figures, states
from campaign.participations import words as told
from campaign.participations.letters import number_of
from campaign.participations.models import KitState, Participation, State
from campaign.territory import queries as territories
from campaign.territory.models import Territory
from campaign.territory.names import designation_in_sentence
from campaign.web.security import framed_letter

TO_SETTLE = "a_traiter"
"""The messages that need a person, whatever their state."""

log = logging.getLogger(__name__)
blueprint = Blueprint("board", __name__, url_prefix="/gestion")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What every page of the team knows: the edition looked at, the filters, and whose eyes look."""

    edition: Edition
    filters: Filters
    regions: Regions
    may_edit: bool
    sees_all: bool


def _desk() -> Desk:
    filters = Filters.read(request.args)
    edition = (
        campaigns.get_edition(filters.edition) if filters.edition is not None else campaigns.current_edition()
    )
    person = find_signed_in()
    regions = scope_of(current_user()).region_codes
    return Desk(
        edition=edition,
        filters=filters,
        regions=regions,
        may_edit=person is not None and person.may_edit and not edition.source_url,
        sees_all=regions is None,
    )


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """Words and marks that the templates of this room use."""
    return {
        "state_labels": states.LABELS,
        "state_mark": told.state_mark,
        "told": told,
        "message_states": words.MESSAGE_STATES,
        "message_mark": words.message_mark,
        "call_labels": calls.LABELS,
        "place_note": _place_note,
        "occasion_of": Occasion.of,
        "Group": Group,
        "State": State,
        "MessageState": MessageState,
        "KitState": KitState,
    }


def _place_note(territory: Territory) -> str:
    """What tells it apart from its homonyms: « municipalité, MRC de Kamouraska, Bas-Saint-Laurent »."""
    place = territory.parent or territory.mrc
    parts = (
        designation_in_sentence(territory.designation_name),
        place.name if place else "",
        territory.region.name if territory.region else "",
    )
    return ", ".join(dict.fromkeys(part for part in parts if part))


# --- the edition ------------------------------------------------------------------------------------


@blueprint.get("")
@blueprint.get("/")
@require(*READERS)
def home() -> ResponseReturnValue:
    """What to do next, the figures, the states, the table by region."""
    desk, now = _desk(), clock.now()
    region = _visible_region(desk)
    announced = figures.list_frozen(desk.edition.id) if desk.sees_all else ()
    return render_template(
        "board/home.html",
        desk=desk,
        editions=campaigns.list_editions(),
        edition_is_simulated=desk.edition.is_simulated,
        tasks=queries.count_tasks(desk.edition, regions=desk.regions, now=now),
        figures_now=figures.compute(desk.edition.id, now=now),
        counts=queries.count_by_state(desk.edition, regions=desk.regions, region=region),
        coverage=queries.list_coverage(desk.edition, regions=desk.regions, region=region),
        region=next((each for each in list_visible_regions(desk.regions) if each.code == region), None),
        mailing=timeline.headline(desk.edition, regions=desk.regions, now=now),
        announced=announced[:1],
        difference=figures.difference(announced[0]) if announced else None,
    )


def _visible_region(desk: Desk) -> str:
    """The region of the address, when the person may see it."""
    region = desk.filters.region
    if region:
        scope_of(current_user()).check(region)
    return region


# --- the municipalities -----------------------------------------------------------------------------


@blueprint.get("/municipalites")
@require(*READERS)
def municipalities() -> ResponseReturnValue:
    """The known list beside its answers, filtered by the address."""
    desk, now = _desk(), clock.now()
    _visible_region(desk)
    total = queries.count_rows(desk.edition, desk.filters, regions=desk.regions, now=now)
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(desk.filters.page, pages)
    return render_template(
        "board/municipalities.html",
        desk=desk,
        filters=desk.filters,
        edition_is_simulated=desk.edition.is_simulated,
        editions=campaigns.list_editions(),
        heading=_heading(desk.filters),
        views=_views(desk.filters),
        **_options(desk),
        rows=queries.list_rows(
            desk.edition,
            desk.filters,
            regions=desk.regions,
            now=now,
            limit=PAGE_LENGTH,
            offset=(page - 1) * PAGE_LENGTH,
        ),
        total=total,
        page=page,
        pages=pages,
    )


def _heading(filters: Filters) -> str:
    if filters.to_call:
        return str(_("Municipalités à appeler"))
    if filters.to_review:
        return str(_("Inscriptions à vérifier"))
    return str(_("Municipalités silencieuses") if filters.state is Group.SILENT else _("Municipalités"))


def _views(filters: Filters) -> list[tuple[str, dict[str, object], bool]]:
    """The usual questions, as links that keep the region: name, changes of the filters, is it this one."""
    empty: dict[str, object] = {"state": None, "to_call": False, "to_review": False}
    choices: list[tuple[str, dict[str, object]]] = [
        (_("Toutes"), empty),
        (_("À appeler"), {**empty, "to_call": True}),
        (_("Silencieuses"), {**empty, "state": Group.SILENT}),
        (_("À vérifier"), {**empty, "to_review": True}),
        (_("À confirmer"), {**empty, "state": State.REGISTERED}),
        (_("Participantes"), {**empty, "state": Group.COUNTED}),
    ]
    return [(name, changes, filters.address(**changes) == filters.address()) for name, changes in choices]


def _options(desk: Desk) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the filters offer, « all » first."""
    groups = [
        (Group.SILENT.value, _("Silencieuses (aucune réponse)")),
        (Group.COUNTED.value, _("Participantes (confirmées ou réalisées)")),
    ]
    return {
        "state_options": [
            ("", _("Tous")),
            *groups,
            *((state.value, label) for state, label in states.LABELS.items()),
        ],
        "region_options": [
            ("", _("Toutes")),
            *((each.code, each.name) for each in list_visible_regions(desk.regions)),
        ],
        "mrc_options": [
            ("", _("Toutes")),
            *(
                (each.code, each.name)
                for each in queries.list_visible_mrcs(desk.regions, desk.filters.region)
            ),
        ],
        "kit_options": [("", _("Toutes")), *((state.value, label) for state, label in told.KIT.items())],
        "resolution_options": [
            ("", _("Toutes")),
            *((state.value, label) for state, label in told.RESOLUTION.items()),
        ],
    }


@blueprint.get("/export.csv")
@require(*READERS)
def export_csv() -> ResponseReturnValue:
    """The same list, with the same filters, as a file for Excel; `codes=bruts` for other programs."""
    desk, now = _desk(), clock.now()
    _visible_region(desk)
    rows = queries.list_rows(desk.edition, desk.filters, regions=desk.regions, now=now)
    log.info("list exported", extra={"user": current_user().id, "rows": len(rows)})
    codes = (
        export.Codes.PLAIN if request.args.get("codes") == export.Codes.PLAIN.value else export.Codes.EXCEL
    )
    text = "".join(export.csv_lines(rows, desk.edition, prefix=campaigns.organization().prefix, codes=codes))
    name = f"municipalites-edition-{desk.edition.number}-{clock.today(now).isoformat()}.csv"
    return Response(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/municipalites/<geo_code>")
@require(*READERS)
def municipality(geo_code: str) -> ResponseReturnValue:
    """One municipality: its answers, its people, its links, its letters, and all that it ever did."""
    desk, now = _desk(), clock.now()
    territory = _territory(geo_code)
    history = queries.list_participations(territory)
    participation = next(
        (
            each
            for each in history
            if each.edition_id == desk.edition.id and each.territory_id == territory.id
        ),
        None,
    )
    email, is_refused, call = queries.find_reach(territory, desk.edition, now=now)
    return render_template(
        "board/municipality.html",
        desk=desk,
        edition_is_simulated=desk.edition.is_simulated,
        territory=territory,
        successor=territories.find_successor(territory),
        boroughs=territories.list_boroughs(territory),
        participation=participation,
        number=number_of(participation, campaigns.organization()) if participation else "",
        moves=queries.list_moves(participation) if participation else (),
        history=history,
        contacts=queries.list_contacts(territory),
        links=queries.list_links(desk.edition, territory),
        messages=queries.list_messages(
            queries.select_messages(regions=desk.regions, regarding=territory.geo_code), limit=20
        ),
        email=email,
        is_refused=is_refused,
        call=call,
        actions=_actions(participation),
        now=now,
    )


def _actions(participation: Participation | None) -> list[tuple[str, str]]:
    """What can be done with this file where it stands: (endpoint of the room `manage`, words)."""
    state = participation.state if participation else State.NOT_INVITED
    actions: list[tuple[str, str]] = []
    if state is State.DISCARDED:
        return [("register", _("Inscrire en son nom")), ("reopen", _("Rouvrir la fiche"))]
    if state in states.WAITING:
        actions.append(("register", _("Inscrire en son nom")))
    else:
        actions.append(("correct", _("Corriger les réponses")))
    if state is State.REGISTERED:
        actions.append(("confirm", _("Confirmer, par téléphone")))
    if state is State.CONFIRMED:
        actions.append(("mark_held", _("Marquer comme réalisée")))
    if state is State.DONE:
        actions.append(("undo_held", _("Revenir à « confirmée »")))
    if state is State.CANCELLED:
        actions.append(("reinstate", _("Rétablir la participation")))
    if state in (State.REGISTERED, State.CONFIRMED) and participation and participation.event_id:
        actions += [
            ("postpone", _("Reporter la cérémonie")),
            ("move_indoors", _("Déplacer la cérémonie à l’intérieur")),
        ]
    if state in (State.REGISTERED, State.CONFIRMED):
        actions.append(("cancel", _("Annuler la participation")))
    if state in (State.NOT_INVITED, State.INVITED, State.UNDECIDED, State.REGISTERED):
        actions.append(("decline", _("Noter un refus pour cette année")))
    if participation is not None:
        actions += [("resolution", _("Suivre la résolution")), ("kit", _("Suivre la trousse"))]
    actions.append(("link", _("Donner un lien personnel")))
    if participation is not None:
        actions.append(("merge", _("Mauvaise municipalité ou doublon")))
    return actions


def _territory(geo_code: str) -> Territory:
    """That territory, if it is in the person's regions."""
    territory = territories.get_territory(geo_code)
    scope_of(current_user()).check(territory.region_code)
    return territory


# --- the messages -----------------------------------------------------------------------------------


@blueprint.get("/messages")
@require(*READERS)
def messages() -> ResponseReturnValue:
    """What left, what waits, what was refused."""
    regions = scope_of(current_user()).region_codes
    asked = request.args.get("etat", "")
    state = next((each for each in MessageState if each.value == asked), None)
    typed = request.args.get("q", "").strip()[:80]
    wanted = queries.select_messages(
        regions=regions, state=state, needs_a_person=asked == TO_SETTLE, typed=typed
    )
    total = queries.count_messages(wanted)
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    found = queries.list_messages(wanted, limit=PAGE_LENGTH, offset=(page - 1) * PAGE_LENGTH)
    return render_template(
        "board/messages.html",
        messages=found,
        names=queries.names_of({each.regarding for each in found}),
        state_options=_message_options(regions),
        asked=asked,
        typed=typed,
        may_see_domain=current_user().role in (Role.ADMIN, Role.ORGANIZER),
        total=total,
        page=page,
        pages=pages,
    )


def _message_options(regions: Regions) -> list[tuple[str, str]]:
    """Each state with the number of messages in it."""
    counts = queries.count_messages_by_state(regions=regions)
    return [
        ("", _("Tous")),
        (TO_SETTLE, _("À traiter")),
        *(
            (state.value, f"{label} ({counts.get(state, 0)})")
            for state, label in words.MESSAGE_STATES.items()
        ),
    ]


@blueprint.get("/messages/<int:message_id>")
@require(*READERS)
def message(message_id: int) -> ResponseReturnValue:
    """One message: what became of it, and its words as they left."""
    found = _message(message_id)
    person = find_signed_in()
    return render_template(
        "board/message.html",
        message=found,
        text=reading.without_keys(words_of(found)[0]),
        suppression=queries.find_suppression(found.to_email),
        about=queries.names_of({found.regarding}).get(found.regarding),
        may_edit=person is not None and person.may_edit,
        may_lift=current_user().role in (Role.ADMIN, Role.ORGANIZER),
        may_resend=found.state in outbox.RESENDABLE,
    )


@blueprint.get("/messages/<int:message_id>/apercu")
@require(*READERS)
def message_preview(message_id: int) -> ResponseReturnValue:
    """The HTML of a message, for the sandboxed frame of its page."""
    return framed_letter(reading.preview(_message(message_id)))


def _message(message_id: int) -> Message:
    found = queries.find_message(message_id, regions=scope_of(current_user()).region_codes)
    if found is None:
        raise NotFound(_("Ce message n’existe pas, ou ne concerne pas vos régions."))
    return found


@blueprint.post("/messages/<int:message_id>/renvoyer")
@require(*EDITORS)
def resend(message_id: int) -> ResponseReturnValue:
    """Another attempt, asked for by a person."""
    with transaction():
        outbox.resend(_message(message_id), author=_name(), now=clock.now())
    flash(_("Le message est remis en file : il partira dans quelques instants."), "success")
    return redirect(url_for(".message", message_id=message_id), 303)


@blueprint.post("/messages/<int:message_id>/regler")
@require(*EDITORS)
def settle(message_id: int) -> ResponseReturnValue:
    """An uncertain message: a person knows whether it left."""
    with transaction():
        outbox.settle(
            _message(message_id),
            has_left=request.form.get("parti") == "oui",
            author=_name(),
            now=clock.now(),
        )
    flash(_("C’est noté."), "success")
    return redirect(url_for(".message", message_id=message_id), 303)


@blueprint.post("/messages/<int:message_id>/lever-la-retenue")
@require(Role.ADMIN, Role.ORGANIZER)
def lift_suppression(message_id: int) -> ResponseReturnValue:
    """The address works again: messages leave to it from the next one on."""
    with transaction():
        outbox.lift_suppression(_message(message_id).to_email)
    flash(_("La retenue est levée : les prochains messages partiront à cette adresse."), "success")
    return redirect(url_for(".message", message_id=message_id), 303)


def _name() -> str:
    user = current_user()
    return user.name or user.email
