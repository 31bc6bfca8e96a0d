"""The commands about activities: a file of them, read, shown and written without the pages."""

from __future__ import annotations

import argparse
import sys

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.db import transaction
from campaign.errors import CampaignError
from campaign.events import import_fields, importing
from campaign.events.import_fields import COLUMNS
from campaign.events.importing import Plan
from campaign.events.models import ActivityImport, ImportState
from campaign.terminal import application, check_schema, say, settings_here
from campaign.web.filters import number

BAR = 40


def run_import(options: argparse.Namespace) -> None:
    """Read a file of activities; one wrong line and nothing is written, unless the valid ones are wanted."""
    content = options.file.read_bytes()
    with application(settings_here()):
        check_schema()
        with transaction():
            row = importing.receive(
                content,
                file_name=options.file.name,
                edition=campaigns.current_edition(),
                user=None,
                now=clock.now(),
            )
            file_id = row.id
        try:
            plan = _match(file_id)
            _tell(plan)
            if plan.problems and not options.valid_only:
                raise CampaignError("\n".join(map(str, plan.problems)))
            if options.dry_run or not plan.wanted:
                say("Rien n’a été écrit (essai)." if options.dry_run else "Rien n’est à écrire.")
                return
            with transaction():
                importing.launch(importing.get_import(file_id))
        finally:
            _drop_unused(file_id)
        done = _write(file_id)
        say(
            f"Créées : {number(done.created)}; mises à jour : {number(done.updated)}; "
            f"inchangées : {number(done.unchanged)}."
        )


def _match(file_id: int) -> Plan:
    with transaction():
        row = importing.get_import(file_id)
        missing = [each.label for each in COLUMNS if each.is_needed and each.name not in row.matching]
        if missing:
            known = ", ".join(column.label for column in import_fields.COLUMNS)
            raise CampaignError(
                f"Colonnes introuvables : {', '.join(missing)}. Les colonnes du modèle sont : {known}."
            )
        return importing.match(row, row.matching)


def _tell(plan: Plan) -> None:
    say(
        f"À créer : {number(plan.created)}; à mettre à jour : {number(plan.updated)}; "
        f"inchangées : {number(plan.unchanged)}; en erreur : {number(plan.refused)}."
    )


def _drop_unused(file_id: int) -> None:
    """What was only looked at leaves nothing behind."""
    with transaction():
        row = importing.get_import(file_id)
        if row.state is ImportState.READ:
            importing.forget(row)


def _write(file_id: int) -> ActivityImport:
    """Here and now, without waiting for a worker; one that came by meanwhile is no matter."""
    wanted = importing.read_again(file_id)
    is_left = bool(wanted)
    while is_left:
        with transaction():
            is_left = importing.advance(file_id, wanted, now=clock.now())
        row = importing.get_import(file_id)
        _draw(row.done, row.total)
    return importing.get_import(file_id)


def _draw(done: int, total: int) -> None:
    """A bar, where somebody looks."""
    if sys.stdout.isatty():
        full = BAR * done // max(total, 1)
        end = "\n" if done >= total else ""
        sys.stdout.write(f"\r[{'█' * full}{'·' * (BAR - full)}] {number(done)} sur {number(total)}{end}")
        sys.stdout.flush()
