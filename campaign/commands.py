"""What the commands do, apart from serving; `campaign.cli` reads the arguments, then imports this."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaign import activity_commands, backup, clock, demo, doctor, jobs, mailing_commands, schema
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.campaigns import queries as campaigns_queries
from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.campaigns.week import coming_year, number_of, week_of
from campaign.config import Settings
from campaign.contacts import importing
from campaign.db import db, transaction
from campaign.errors import CampaignError, Conflict, NotFound, WrongArgument
from campaign.events import history as past_activities
from campaign.mailings import services as mailings
from campaign.outbox.rendering import public_link
from campaign.participations import history, links
from campaign.participations.models import Participation, State
from campaign.participations.states import COUNTED
from campaign.terminal import application, check_schema, explained, say, settings_here
from campaign.territory import directory
from campaign.territory import queries as territory
from campaign.territory.models import Region, Territory
from campaign.web.filters import date_range, number, ordinal

log = logging.getLogger(__name__)

DEMO_ORGANIZER = "jeanne@example.org"


def run(name: str, options: argparse.Namespace) -> None:
    """Run the command of that name. A database that fails is a sentence, not a traceback."""
    commands: dict[str, Callable[[argparse.Namespace], None]] = {
        "init": run_init,
        "worker": run_worker,
        "directory import": run_directory_import,
        "contacts import": run_contacts_import,
        "activities import": activity_commands.run_import,
        "users add": run_users_add,
        "link": run_link,
        "edition list": run_edition_list,
        "edition open": run_edition_open,
        "mailing list": mailing_commands.run_list,
        "mailing schedule": mailing_commands.run_schedule,
        "mailing preview": mailing_commands.run_preview,
        "backup": run_backup,
        "restore": run_restore,
        "doctor": run_doctor,
    }
    with explained():
        commands[name](options)


def prepare_serve(settings: Settings) -> None:
    """Refuse to serve a database of another version."""
    with explained(), application(settings):
        check_schema()


def prepare_demo_and_keys(settings: Settings, *, is_fresh: bool) -> list[tuple[str, str]]:
    """What the demonstration needs before it opens; gives the addresses to try, each with its name."""
    with explained():
        prepare_demo(settings, is_fresh=is_fresh)
        with application(settings), transaction():
            organizer, clerk = _demo_keys()
    return [
        ("Site public", f"{settings.public_url}/"),
        ("Connexion d’une organisatrice (une seule fois)", organizer),
        ("Lien personnel d’une municipalité", clerk),
    ]


def prepare_demo(settings: Settings, *, is_fresh: bool) -> None:
    """Make the demonstration's database, unless it is there. Never touches a database of another kind."""
    with application(settings):
        is_sqlite = db.engine.dialect.name == "sqlite"
        if schema.is_empty():
            pass
        elif not _holds_demo():
            raise Conflict(
                "Cette base n’est pas celle de la démonstration; elle reste telle quelle. "
                "Indiquez un autre fichier avec DATABASE_URL."
            )
        elif not is_fresh:
            schema.upgrade()
            with transaction():
                mailings.open_calendar(campaigns_queries.current_edition())
            return
        elif not is_sqlite:
            raise Conflict("« --fresh » ne refait qu’une base SQLite. Videz cette base vous-même.")
        if not is_sqlite:
            say("Préparation de la démonstration (quelques secondes)…")
            schema.upgrade()
            with transaction():
                demo.build(clock.now())
            return
        file = backup.database_file()
    say("Préparation de la démonstration (quelques secondes)…")
    # Made beside, then renamed: an interrupted start leaves nothing half made.
    draft = file.with_name(f"{file.name}.en-cours")
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{draft}{suffix}").unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with application(replace(settings, database_url=f"sqlite:///{draft}")):
        schema.upgrade()
        with transaction():
            demo.build(clock.now())
    backup.leave_sqlite_alone(draft)
    backup.leave_sqlite_alone(file)
    draft.replace(file)


def _demo_keys() -> tuple[str, str]:
    """An organizer's way in and a clerk's personal link: new at each start, since only hashes are kept."""
    now = clock.now()
    organizer = accounts.save_user(DEMO_ORGANIZER, Role.ADMIN, name="Jeanne (démonstration)", now=now)
    token = accounts.issue_link(organizer, life=accounts.INVITATION_LIFE, now=now)
    edition = campaigns_queries.current_edition()
    return accounts.sign_in_address(token), _personal_address(edition, _town_to_try(edition), now)


def _holds_demo() -> bool:
    return schema.present_version() is not None and bool(
        db.session.scalar(sa.select(sa.func.count()).select_from(Edition).where(Edition.is_simulated))
    )


def _town_to_try(edition: Edition) -> Territory:
    """One that was written to and has not answered; if there is one, it took part before without a ceremony:
    its link proposes « Comme l’an dernier » (published ceremonies have no hour to take again)."""
    past = aliased(Participation)
    before = (past.territory_id == Territory.id, past.state.in_(COUNTED), past.edition_id != edition.id)
    renews_at_once = sa.and_(
        sa.exists().where(*before).correlate(Territory),
        ~sa.exists().where(*before, past.event_id.is_not(None)).correlate(Territory),
    )
    return db.session.scalars(
        sa.select(Territory)
        .join(Participation, Participation.territory_id == Territory.id)
        .where(Participation.edition_id == edition.id, Participation.state == State.INVITED)
        .order_by(renews_at_once.desc(), Territory.geo_code)
        .limit(1)
    ).one()


def run_init(options: argparse.Namespace) -> None:
    """An empty production database, or an existing one brought up to date. Done twice, it changes nothing."""
    with application(settings_here()):
        schema.upgrade()
        now = clock.now()
        with transaction():
            outcome = directory.import_directory(now=now) if not territory.count_local() else None
            history.load(now)
            past_activities.load(now)
            edition = campaigns_queries.find_current_edition() or _open_coming(options.edition_start, now)
            mailings.open_calendar(edition)  # an edition of an earlier version has none
            known = campaigns_queries.organization()
            campaigns.set_organization(
                options.organization or known.name,
                postal_address=options.postal_address or known.postal_address,
                contact=options.contact or known.contact,
                privacy_officer=known.privacy_officer,
                campaign_name=known.campaign_name,
                prefix=known.prefix,
            )
            count = territory.count_local()
            described = _describe(edition)
            is_named = bool(options.organization or known.name)
    say(f"La base est prête : {count} municipalités{'' if outcome else ' (déjà chargées)'}; {described}.")
    if not is_named:
        say("Nommez l’organisme qui porte la campagne : init --organization … --postal-address … --contact …")


def _open_coming(start_on: date | None, now: datetime) -> Edition:
    start = start_on or week_of(coming_year(clock.today(now))).start_on
    return campaigns.open_edition(number_of(start.year), start)


def run_worker(options: argparse.Namespace) -> None:
    """The scheduler, for ever or once."""
    if options.now and not options.once:
        raise CampaignError("« --now » s’emploie avec « --once ».")
    with application(settings_here()) as app:
        check_schema()
        db.session.remove()  # jobs read and write in sessions of their own
        if not options.once:
            jobs.Worker(app).run_forever()
            return
        counts = jobs.run_due(app, options.now)
    say(
        f"Courriels envoyés : {counts.sent}; remis à plus tard : {counts.postponed}; "
        f"refusés : {counts.refused}; incertains : {counts.uncertain}; "
        f"adresses examinées : {counts.decided}; rappels écrits : {counts.reminded}; "
        f"renseignements échus effacés : {counts.forgotten}."
    )


def run_directory_import(options: argparse.Namespace) -> None:
    """Compare the official directory with ours, by code."""
    with application(settings_here()):
        check_schema()
        with transaction():
            outcome = directory.import_directory(options.file, dry_run=options.dry_run, now=clock.now())
        for line in outcome.lines:
            say(line)


def run_contacts_import(options: argparse.Namespace) -> None:
    """Read a list of organizations, media and subscribers; one wrong line and nothing is written."""
    content = options.file.read_bytes()
    with application(settings_here()):
        check_schema()
        with transaction():
            outcome = importing.import_contacts(
                content, dry_run=options.dry_run, author="La ligne de commande", now=clock.now()
            )
    if outcome.problems:
        raise importing.ImportRefused(outcome.problems)
    added, updated, same = (outcome.count(effect) for effect in importing.Effect)
    say(f"Ajouts : {added}; mises à jour : {updated}; déjà connus : {same}.")
    if not outcome.is_written:
        say("Rien n’a été écrit (essai).")


def run_users_add(options: argparse.Namespace) -> None:
    """Create or update an account and print its one-time link."""
    with application(settings_here()):
        check_schema()
        now = clock.now()
        with transaction() as session:
            known = set(session.scalars(sa.select(Region.code)))
            unknown = [code for code in options.region if code not in known]
            if unknown:
                raise WrongArgument(
                    f"Région inconnue : {', '.join(unknown)}. Les codes vont de 01 à 17 : « --region 01 »."
                )
            role = Role(options.role)
            user = accounts.save_user(options.email, role, region_codes=options.region, now=now)
            token = accounts.issue_link(user, life=accounts.INVITATION_LIFE, now=now)
            address = accounts.sign_in_address(token)
    say(f"Le compte est prêt ({role.value}). Lien de connexion, valable 24 heures et une seule fois :")
    say(address)


def run_link(options: argparse.Namespace) -> None:
    """Print a municipality's personal link, for someone on the phone."""
    with application(settings_here()):
        check_schema()
        now = clock.now()
        with transaction():
            town = _town(options.geo_code)
            edition = campaigns_queries.current_edition()
            name = town.name
            address = _personal_address(edition, town, now)
    say(f"Lien personnel de {name} pour la {ordinal(edition.number)} édition :")
    say(address)


def _town(geo_code: str) -> Territory:
    try:
        return territory.get_territory(geo_code)
    except NotFound as missing:
        raise WrongArgument(str(missing)) from missing


def run_edition_list(_options: argparse.Namespace) -> None:
    """One line per edition."""
    with application(settings_here()):
        check_schema()
        current = campaigns_queries.find_current_edition()
        for edition in campaigns_queries.list_editions():
            mark = " (courante)" if edition is current else ""
            say(f"{_describe(edition)}{mark}")


def run_edition_open(options: argparse.Namespace) -> None:
    """Open an edition."""
    with application(settings_here()):
        check_schema()
        with transaction():
            edition = campaigns.open_edition(options.number, options.start, theme=options.theme)
            described = _describe(edition)
    say(f"L’édition est ouverte : {described}.")


def run_backup(options: argparse.Namespace) -> None:
    """Copy database and uploads while the service runs."""
    settings = settings_here()
    with application(settings):
        manifest = backup.back_up(settings, options.file, clock.now())
    size = number(round(options.file.stat().st_size / 1_000_000, 1))
    say(f"Sauvegarde écrite : {options.file} ({size} Mo; fichiers téléversés : {manifest.uploads}).")
    say("Elle contient des renseignements personnels : gardez-la en lieu sûr.")


def run_restore(options: argparse.Namespace) -> None:
    """Put a copy back."""
    settings = settings_here()
    with application(settings):
        manifest = backup.restore(settings, options.file)
        schema.upgrade()
    say(f"La sauvegarde du {manifest.made_at} est en place (fichiers téléversés : {manifest.uploads}).")


def run_doctor(_options: argparse.Namespace) -> None:
    """Say what is wrong; fails when something is."""
    settings = settings_here()
    marks = {True: "bon      ", False: "à régler ", None: "à savoir "}
    with application(settings):
        findings = list(doctor.examine(settings, clock.now()))
    for finding in findings:
        say(f"{marks[finding.is_fine]} {finding.sentence}")
    wrong = sum(finding.is_fine is False for finding in findings)
    if wrong:
        raise CampaignError("Un point est à corriger." if wrong == 1 else f"{wrong} points sont à corriger.")


def _personal_address(edition: Edition, town: Territory, now: datetime) -> str:
    return public_link("participations.personal", token=links.issue(edition, town, now=now))


def _describe(edition: Edition) -> str:
    dates = date_range(edition.start_on, edition.end_on) or str(edition.year)
    theme = f", « {edition.theme} »" if edition.theme else ""
    return f"{ordinal(edition.number)} édition, {dates}{theme}"
