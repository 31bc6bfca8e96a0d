"""A file of activities: choose it, match its columns, see what it would do, let it be written."""

from __future__ import annotations

import re

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, require, scope_of
from campaign.campaigns import queries as campaigns
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.events import import_template, importing
from campaign.events.import_fields import COLUMNS
from campaign.events.models import ActivityImport, ImportState
from campaign.i18n import _
from campaign.web.filters import NBSP
from campaign.web.forms import Needed, PageForm
from campaign.web.tables import TableRefused, column_names
from campaign.web.uploads import takes_files

blueprint = Blueprint("imports", __name__, url_prefix="/gestion/activites/importer")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NONE = ""
"""The choice « Aucune » of a column."""


class FileForm(PageForm):
    """A file chosen on this computer."""

    file = FileField(_("Fichier Excel ou CSV"), validators=[Needed(_("Choisissez un fichier."))])


@blueprint.context_processor
def vocabulary() -> dict[str, object]:
    """Words of these pages."""
    return {"ImportState": ImportState}


@blueprint.route("", methods=["GET", "POST"])
@require(*EDITORS)
@takes_files(
    importing.MOST_BYTES + 100_000, _("Choisissez un classeur .xlsx ou un fichier CSV de 12 Mo au plus.")
)
def choose() -> ResponseReturnValue:
    """Choose a file; it is read, and nothing goes to the calendar yet."""
    form = FileForm()
    edition = campaigns.current_edition()
    if form.validate_on_submit():
        content = form.file.data.read(importing.MOST_BYTES + 1)
        name = form.file.data.filename or ""
        try:
            if len(content) > importing.MOST_BYTES:
                raise TableRefused(importing.TOO_HEAVY)
            with transaction():
                row = importing.receive(
                    content, file_name=name, edition=edition, user=current_user(), now=clock.now()
                )
                number = row.id
        except TableRefused as refusal:
            form.file.errors = [str(refusal)]
        else:
            return redirect(url_for(".columns", number=number), 303)
    page = render_template(
        "events/manage/import.html",
        form=form,
        edition=edition,
        columns=COLUMNS,
        told=import_template.told,
        recent=importing.list_recent(current_user()),
        most_rows=importing.MOST_ROWS,
        most_bytes=importing.MOST_BYTES,
        too_heavy_told=importing.TOO_HEAVY,
        is_scoped=scope_of(current_user()).region_codes is not None,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/modele.xlsx")
@require(*EDITORS)
def workbook() -> Response:
    """The file to fill in, for Excel."""
    return _file(import_template.as_workbook(), XLSX, "xlsx")


@blueprint.get("/modele.csv")
@require(*EDITORS)
def csv() -> Response:
    """The file to fill in, for any spreadsheet."""
    return _file(import_template.as_csv(), "text/csv; charset=utf-8", "csv")


def _file(content: bytes | str, media_type: str, ending: str) -> Response:
    name = f"{import_template.NAME}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=media_type, headers=headers)


@blueprint.route("/<int:number>/colonnes", methods=["GET", "POST"])
@require(*EDITORS)
def columns(number: int) -> ResponseReturnValue:
    """Which column of the file is which; then what the file would do is worked out."""
    row = importing.get_import(number, user=current_user())
    if row.state is not ImportState.READ:
        return redirect(url_for(".show", number=number))
    chosen, error = row.matching, ""
    if request.method == "POST":
        chosen = _chosen(row)
        try:
            with transaction():
                importing.match(importing.get_import(number, user=current_user()), chosen)
        except Conflict as refusal:
            error = str(refusal)
        else:
            return redirect(url_for(".show", number=number), 303)
    page = render_template(
        "events/manage/import_columns.html",
        row=row,
        columns=COLUMNS,
        chosen=chosen,
        error=error,
        missing=[each.name for each in COLUMNS if each.is_needed and each.name not in chosen],
        options=[(NONE, _("Aucune")), *enumerate(column_names(importing.header_of(row)))],
        samples=_samples(row),
    )
    return page, 422 if error else 200


def _chosen(row: ActivityImport) -> dict[str, int]:
    """The columns that were chosen, among those of the file."""
    most = len(importing.header_of(row))
    asked = {column.name: request.form.get(column.name, NONE) for column in COLUMNS}
    return {name: int(at) for name, at in asked.items() if at.isdecimal() and len(at) < 4 and int(at) < most}


def _samples(row: ActivityImport) -> dict[int, str]:
    """The first value of each column of the file, which says what it holds better than its name."""
    samples: dict[int, str] = {}
    for _line, cells in row.rows[1:50]:
        for at, cell in enumerate(cells):
            if cell and at not in samples:
                samples[at] = re.sub(r"(?<=\d) (?=\S)", NBSP, cell[:60])
    return samples


@blueprint.get("/<int:number>")
@require(*EDITORS)
def show(number: int) -> ResponseReturnValue:
    """What the file would do, how far it is, or what it did."""
    row = importing.get_import(number, user=current_user())
    refused, wrong = importing.counts_of(row)
    if row.state is ImportState.READ and not (row.created or row.updated or row.unchanged or refused):
        return redirect(url_for(".columns", number=number))
    return render_template(
        "events/manage/import_show.html",
        row=row,
        refused=refused,
        wrong=wrong,
        problems=importing.problems_of(row),
        edition=campaigns.current_edition(),
    )


@blueprint.post("/<int:number>/lancer")
@require(*EDITORS)
def launch(number: int) -> ResponseReturnValue:
    """Agreed: the worker writes what is valid."""
    with transaction():
        importing.launch(importing.get_import(number, user=current_user()))
    return redirect(url_for(".show", number=number), 303)


@blueprint.post("/<int:number>/oublier")
@require(*EDITORS)
def forget(number: int) -> ResponseReturnValue:
    """Nothing of the file is kept."""
    with transaction():
        importing.forget(importing.get_import(number, user=current_user()))
    flash(_("Le fichier est oublié. Rien n’a été écrit dans le calendrier."), "success")
    return redirect(url_for(".choose"), 303)
