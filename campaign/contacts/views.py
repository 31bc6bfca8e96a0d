"""The contacts, for the team: who they are, by what right they are written to, and lists of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, READERS, current_user, find_signed_in, require, scope_of
from campaign.accounts.models import Role
from campaign.contacts import importing, queries, services
from campaign.contacts.basis import BASIS_WORDS, PURPOSE_WORDS, Found
from campaign.contacts.filters import MAILBOX, NO_BASIS, Filters
from campaign.contacts.forms import ApplyForm, ConsentForm, ContactForm, ImportForm, TooLong
from campaign.contacts.models import Basis, Contact, ContactKind, Purpose
from campaign.contacts.queries import PAGE_LENGTH, Person, Regions
from campaign.contacts.words import CHANGE_WORDS, KIND_WORDS, LANGUAGE_WORDS
from campaign.db import transaction
from campaign.i18n import _
from campaign.web.filters import NBSP, telephone
from campaign.web.spreadsheets import csv_response, typed
from campaign.web.tables import Problem

log = logging.getLogger(__name__)
blueprint = Blueprint("contacts", __name__, url_prefix="/gestion/contacts")

SHOWN = 20
"""How many lines of a list are shown before it is written."""

EXPORTED = (
    "courriel", "type", "prénom", "nom", "fonction", "organisme", "téléphone", "poste", "langue",
    "municipalités", "codes", "région", "ne pas solliciter", "base pour la campagne", "preuve",
    "base pour l’infolettre", "base pour les offres", "jusqu’au (ISO)", "source",
)  # fmt: skip


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """Words that the templates of this room use."""
    return {
        "kind_words": KIND_WORDS,
        "language_words": LANGUAGE_WORDS,
        "basis_words": BASIS_WORDS,
        "purpose_words": PURPOSE_WORDS,
        "change_words": CHANGE_WORDS,
        "Purpose": Purpose,
        "may_edit": _may_edit(),
        "may_import": current_user().role in (Role.ADMIN, Role.ORGANIZER),
    }


def _may_edit() -> bool:
    person = find_signed_in()
    return person is not None and person.may_edit


def _regions() -> Regions:
    return scope_of(current_user()).region_codes


def _author() -> str:
    user = current_user()
    return user.name or user.email


# --- the list -----------------------------------------------------------------------------------------


@blueprint.get("")
@require(*READERS)
def list_contacts() -> ResponseReturnValue:
    """Everyone we may write to, one line for each address."""
    filters, regions, today = _filters(), _regions(), clock.today(clock.now())
    total = queries.count_people(filters, regions=regions, today=today)
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(filters.page, pages)
    return render_template(
        "contacts/list.html",
        filters=filters,
        people=queries.list_people(
            filters, regions=regions, today=today, limit=PAGE_LENGTH, offset=(page - 1) * PAGE_LENGTH
        ),
        region_names=dict(_region_options()),
        total=total,
        page=page,
        pages=pages,
        today=today,
        **_options(),
    )


def _filters() -> Filters:
    """The filters of the address; a region that is not theirs is refused."""
    filters = Filters.read(request.args)
    if filters.region:
        scope_of(current_user()).check(filters.region)
    return filters


def _options() -> dict[str, list[tuple[str, str]]]:
    """What the selects of the filters offer, « all » first."""
    return {
        "kind_options": [
            ("", _("Tous")),
            (MAILBOX, _("Boîte générale du répertoire")),
            *((kind.value, words) for kind, words in KIND_WORDS.items()),
        ],
        "region_options": [("", _("Toutes")), *_region_options()],
        "basis_options": [
            ("", _("Toutes")),
            *((basis.value, words) for basis, words in BASIS_WORDS.items()),
            (NO_BASIS, _("Aucune")),
        ],
    }


def _region_options() -> list[tuple[str, str]]:
    return [(region.code, region.name) for region in queries.list_visible_regions(_regions())]


@blueprint.get("/export.csv")
@require(*READERS)
def export_csv() -> ResponseReturnValue:
    """The same list, with the same filters, as a file for Excel."""
    filters, now = _filters(), clock.now()
    people = queries.list_people(filters, regions=_regions(), today=clock.today(now))
    log.info("contacts exported", extra={"user": current_user().id, "rows": len(people)})
    today = clock.today(now)
    names = dict(_region_options())
    return csv_response(
        f"contacts-{today.isoformat()}.csv",
        EXPORTED,
        (tuple(_cells(person, names)) for person in people),
    )


def _cells(person: Person, region_names: dict[str, str]) -> Iterator[str]:
    row, today = person.first, clock.today(clock.now())
    rights = {purpose: person.basis_for(purpose, today) for purpose in Purpose}
    invited, offered = rights[Purpose.CAMPAIGN], rights[Purpose.COMMERCIAL]
    places = person.territories
    code = (places[0].region_code if places else row.region_code if row else None) or ""
    yield typed(person.email)
    yield KIND_WORDS[row.kind] if row else _("Boîte générale du répertoire")
    yield typed(row.first_name) if row else ""
    yield typed(row.last_name) if row else ""
    yield typed(row.role) if row else ""
    yield typed(row.organization) if row else ""
    yield telephone(row.phone) if row else ""
    yield row.extension if row else ""
    yield LANGUAGE_WORDS[row.language] if row else ""
    yield typed("; ".join(place.name for place in places))
    yield "; ".join(place.geo_code for place in places) if len(places) != 1 else f'="{places[0].geo_code}"'
    yield region_names.get(code, "")
    yield _("oui") if person.is_barred else ""
    yield BASIS_WORDS[invited.basis] if isinstance(invited, Found) else ""
    yield typed(invited.proof if isinstance(invited, Found) else invited.sentence)
    for right in (rights[Purpose.NEWSLETTER], offered):
        yield BASIS_WORDS[right.basis] if isinstance(right, Found) else ""
    yield offered.expires_on.isoformat() if isinstance(offered, Found) and offered.expires_on else ""
    yield typed(row.source) if row else queries.DIRECTORY


# --- one person ---------------------------------------------------------------------------------------


@blueprint.route("/ajouter", methods=["GET", "POST"])
@require(*EDITORS)
def add() -> ResponseReturnValue:
    """Somebody new; by what right they are written to is asked next."""
    form = ContactForm(regions=_region_options(), scope=_regions())
    if form.validate_on_submit():
        with transaction():
            rows = services.add_contact(form.to_details(), author=_author(), now=clock.now())
        flash(_("Le contact est ajouté. Notez maintenant de quel droit vous pouvez lui écrire."), "success")
        return redirect(url_for(".show", contact_id=rows[0].id), 303)
    return render_template("contacts/edit.html", form=form, person=None), 422 if form.errors else 200


@blueprint.get("/<int:contact_id>")
@require(*READERS)
def show(contact_id: int) -> ResponseReturnValue:
    """One person, all their municipalities together, and what each purpose is allowed by."""
    person, today = queries.get_person(contact_id, regions=_regions()), clock.today(clock.now())
    return render_template(
        "contacts/contact.html",
        person=person,
        row=_row(person, contact_id),
        rights=[(purpose, person.basis_for(purpose, today)) for purpose in Purpose],
        region_names=dict(_region_options()),
        moves=queries.list_moves(person.email),
        today=today,
    )


@blueprint.route("/<int:contact_id>/modifier", methods=["GET", "POST"])
@require(*EDITORS)
def edit(contact_id: int) -> ResponseReturnValue:
    """Correct a person, in all the municipalities that the editor sees."""
    person = queries.get_person(contact_id, regions=_regions())
    row = _row(person, contact_id)
    form = ContactForm(regions=_region_options(), scope=_regions(), data=ContactForm.filled_with(row, person))
    if form.validate_on_submit():
        details = form.to_details()
        with transaction():
            rows = services.change_contact(_alike(contact_id), details, author=_author(), now=clock.now())
        flash(_("Le contact est enregistré."), "success")
        return redirect(url_for(".show", contact_id=rows[0].id), 303)
    page = render_template("contacts/edit.html", form=form, person=person, row=row)
    return page, 422 if form.errors else 200


def _row(person: Person, contact_id: int) -> Contact:
    return next(row for row in person.rows if row.id == contact_id)


def _alike(contact_id: int) -> list[Contact]:
    """The rows corrected together: the same person in the same quality, as far as the editor sees."""
    person = queries.get_person(contact_id, regions=_regions())
    row = _row(person, contact_id)
    return [each for each in person.rows if each.kind is row.kind and (each is row or each.left_at is None)]


@blueprint.post("/<int:contact_id>/depart")
@require(*EDITORS)
def mark_left(contact_id: int) -> ResponseReturnValue:
    """« N’est plus la bonne personne », or is again."""
    has_left = request.form.get("parti") == "oui"
    with transaction():
        services.mark_left(_alike(contact_id), has_left=has_left, author=_author(), now=clock.now())
    flash(_("C’est noté."), "success")
    return redirect(url_for(".show", contact_id=contact_id), 303)


@blueprint.post("/<int:contact_id>/ne-pas-solliciter")
@require(*EDITORS)
def bar(contact_id: int) -> ResponseReturnValue:
    """« Ne pas solliciter », on or off, for the address."""
    is_wanted, reason = request.form.get("refuse") == "oui", request.form.get("raison", "").strip()[:300]
    with transaction():
        email = queries.get_contact(contact_id, regions=_regions()).email
        act = services.bar if is_wanted else services.unbar
        act(email, author=_author(), now=clock.now(), reason=reason)
    flash(
        _("C’est noté : cette adresse ne reçoit plus que les messages de service.")
        if is_wanted
        else _("C’est noté : cette adresse peut de nouveau être sollicitée."),
        "success",
    )
    return redirect(url_for(".show", contact_id=contact_id), 303)


# --- rights -------------------------------------------------------------------------------------------


@blueprint.route("/<int:contact_id>/droit", methods=["GET", "POST"])
@require(*EDITORS)
def record_consent(contact_id: int) -> ResponseReturnValue:
    """By what right the person is written to, with its proof."""
    person, now = queries.get_person(contact_id, regions=_regions()), clock.now()
    row = _row(person, contact_id)
    form = ConsentForm(today=clock.today(now), data=_usual_right(row))
    if form.validate_on_submit():
        with transaction():
            services.record_consent(
                row.email,
                purpose=Purpose(form.purpose.data),
                basis=Basis(form.basis.data),
                since=form.since,
                proof=form.to_proof(author=_author(), language=row.language),
                ended_on=form.ended_on.data if form.basis.data == Basis.MEMBER else None,
                contact=row,
            )
        flash(_("Le droit est noté, avec sa preuve."), "success")
        return redirect(url_for(".show", contact_id=contact_id), 303)
    page = render_template("contacts/consent.html", form=form, person=person, row=row)
    return page, 422 if form.errors else 200


def _usual_right(row: Contact) -> dict[str, str]:
    """What is most often noted for that kind of contact."""
    if row.kind is ContactKind.SUBSCRIBER:
        return {"purpose": Purpose.NEWSLETTER.value, "basis": Basis.EXPRESS.value}
    return {"purpose": Purpose.CAMPAIGN.value, "basis": Basis.PUBLISHED.value}


@blueprint.post("/<int:contact_id>/droits/<int:consent_id>/retirer")
@require(*EDITORS)
def withdraw_consent(contact_id: int, consent_id: int) -> ResponseReturnValue:
    """The person takes it back; the proof stays."""
    reason = request.form.get("raison", "").strip()[:150]
    with transaction():
        email = queries.get_contact(contact_id, regions=_regions()).email
        services.withdraw_consent(
            queries.get_consent(consent_id, email),
            because=f"{_author()}{NBSP}: {reason}" if reason else _author(),
            now=clock.now(),
        )
    flash(_("Le droit est retiré. Sa preuve reste dans l’histoire de l’adresse."), "success")
    return redirect(url_for(".show", contact_id=contact_id), 303)


# --- lists --------------------------------------------------------------------------------------------


@blueprint.route("/importer", methods=["GET", "POST"])
@require(Role.ADMIN, Role.ORGANIZER)
def import_list() -> ResponseReturnValue:
    """Choose a list, and see what it would do; nothing is written yet."""
    form = ImportForm()
    if not form.validate_on_submit():
        return _import_page(form), 422 if form.errors else 200
    try:
        text = importing.decode(form.read())
        outcome = importing.import_contacts(text, dry_run=True, author=_author(), now=clock.now())
    except TooLong as refusal:
        form.file.errors = [str(refusal)]
        return _import_page(form), 422
    except importing.ImportRefused as refusal:
        return _import_page(form, refusal.problems), 422
    if outcome.problems:
        return _import_page(form, outcome.problems), 422
    return _preview(outcome, text)


def _import_page(form: ImportForm, problems: Sequence[Problem] = ()) -> str:
    return render_template("contacts/import.html", form=form, problems=problems)


def _preview(outcome: importing.Outcome, text: str) -> str:
    return render_template(
        "contacts/import_preview.html",
        form=ApplyForm(formdata=None, data={"content": text}),
        outcome=outcome,
        shown=outcome.entries[:SHOWN],
        Effect=importing.Effect,
    )


@blueprint.post("/importer/appliquer")
@require(Role.ADMIN, Role.ORGANIZER)
def apply_list() -> ResponseReturnValue:
    """Write the list that was shown; read again, since the contacts may have changed meanwhile."""
    form = ApplyForm()
    if not form.validate():
        return redirect(url_for(".import_list"), 303)
    with transaction():
        outcome = importing.import_contacts(
            form.content.data, dry_run=False, author=_author(), now=clock.now()
        )
    if not outcome.is_written:
        return _import_page(ImportForm(formdata=None), outcome.problems), 422
    log.info("list imported", extra={"user": current_user().id, "lines": len(outcome.entries)})
    flash(
        _(
            "La liste est importée. Ajouts : %(added)s; mises à jour : %(updated)s; déjà connus : %(same)s.",
            added=outcome.count(importing.Effect.ADDED),
            updated=outcome.count(importing.Effect.UPDATED),
            same=outcome.count(importing.Effect.SAME),
        ),
        "success",
    )
    return redirect(url_for(".list_contacts"), 303)
