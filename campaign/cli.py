"""The commands of the contract: each says what it did in a line or two of French."""

from __future__ import annotations

import argparse
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from campaign import backup, clock, demo, doctor, jobs, logs, schema
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.app import create_app
from campaign.campaigns import queries as campaigns_queries
from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.campaigns.week import coming_year, number_of, week_of
from campaign.cli_parser import FrenchParser
from campaign.config import Settings, SettingsError
from campaign.db import db, transaction
from campaign.errors import CampaignError, Conflict
from campaign.outbox.rendering import public_link
from campaign.participations import history, links
from campaign.participations.models import Participation, State
from campaign.territory import directory
from campaign.territory import queries as territory
from campaign.territory.models import Region, Territory
from campaign.web.filters import date_range, number, ordinal

log = logging.getLogger(__name__)

DEMO_ORGANIZER = "jeanne@example.org"
SQLITE_THREADS = 8
POSTGRESQL_THREADS = 4


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code: 0 done, 2 wrong arguments, 1 otherwise."""
    logs.configure()
    try:
        options = _parser().parse_args(list(arguments) or ["demo"])
        run: Callable[[argparse.Namespace], int | None] = options.run
        return run(options) or 0
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except (CampaignError, SettingsError) as error:
        _complain(str(error))
    except (sa.exc.OperationalError, sa.exc.ProgrammingError, sqlite3.Error):
        log.debug("database failed", exc_info=True)
        _complain("La base de données ne répond pas comme prévu. Exécutez « python3 run.py doctor ».")
    except OSError as error:
        _complain(f"{error.strerror or error}{f' : {error.filename}' if error.filename else ''}")
    return 1


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _parser() -> FrenchParser:
    parser = FrenchParser(prog="python3 run.py", description="Pavois : campagnes de mobilisation.")
    commands = parser.add_subparsers(title="commandes", metavar="COMMANDE", required=True)

    command = commands.add_parser("demo", help="la démonstration, sur cet ordinateur")
    command.add_argument("--host", default="127.0.0.1", help="adresse d’écoute")
    command.add_argument("--port", type=_port, default=8000, help="port d’écoute")
    command.add_argument("--fresh", action="store_true", help="refait la base de démonstration")
    command.set_defaults(run=run_demo)

    command = commands.add_parser("init", help="une base vide, prête pour une vraie campagne")
    command.add_argument(
        "--edition-start", type=_day, metavar="AAAA-MM-JJ", help="premier jour de la semaine"
    )
    command.add_argument("--organization", metavar="NOM", help="l’organisme qui porte la campagne")
    command.add_argument("--postal-address", metavar="TEXTE", help="son adresse postale")
    command.add_argument("--contact", metavar="COURRIEL-OU-TÉLÉPHONE", help="comment le joindre")
    command.set_defaults(run=run_init)

    command = commands.add_parser("serve", help="le serveur web")
    command.add_argument("--host", default="127.0.0.1", help="adresse d’écoute")
    command.add_argument("--port", type=_port, default=8000, help="port d’écoute")
    command.add_argument("--workers", type=_count, help="nombre de processus")
    command.add_argument("--threads", type=_count, help="fils d’exécution par processus")
    command.set_defaults(run=run_serve)

    command = commands.add_parser("worker", help="le planificateur : courriels et tâches")
    command.add_argument("--once", action="store_true", help="fait tout ce qui est dû, puis s’arrête")
    command.add_argument("--now", type=_instant, metavar="ISO-8601", help="fait comme s’il était cet instant")
    command.set_defaults(run=run_worker)

    rooms = commands.add_parser("directory", help="le répertoire des municipalités")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("import", help="compare et met à jour")
    command.add_argument("file", type=Path, metavar="FICHIER", help="fichier CSV du répertoire")
    command.add_argument("--dry-run", action="store_true", help="montre les différences sans rien écrire")
    command.set_defaults(run=run_directory_import)

    rooms = commands.add_parser("users", help="les comptes de l’équipe")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("add", help="crée ou met à jour un compte")
    command.add_argument("email", metavar="COURRIEL", help="adresse du compte")
    command.add_argument("--role", required=True, choices=[role.value for role in Role], help="rôle")
    command.add_argument(
        "--region", action="extend", nargs="+", default=[], metavar="CODE", help="code de région"
    )
    command.set_defaults(run=run_users_add)

    command = commands.add_parser("link", help="le lien personnel d’une municipalité")
    command.add_argument("geo_code", metavar="CODE_GÉO", help="code géographique à cinq chiffres")
    command.set_defaults(run=run_link)

    rooms = commands.add_parser("edition", help="les éditions")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("list", help="liste les éditions")
    command.set_defaults(run=run_edition_list)
    command = actions.add_parser("open", help="ouvre une édition")
    command.add_argument("--number", type=_count, required=True, metavar="N", help="numéro de l’édition")
    command.add_argument("--start", type=_day, required=True, metavar="AAAA-MM-JJ", help="premier jour")
    command.add_argument("--theme", default="", metavar="THÈME", help="thème")
    command.set_defaults(run=run_edition_open)

    command = commands.add_parser("backup", help="copie la base et les fichiers téléversés")
    command.add_argument("file", type=Path, metavar="FICHIER", help="archive à écrire")
    command.set_defaults(run=run_backup)
    command = commands.add_parser("restore", help="remet une copie en place")
    command.add_argument("file", type=Path, metavar="FICHIER", help="archive à relire")
    command.set_defaults(run=run_restore)

    command = commands.add_parser("doctor", help="ce qui ne va pas, et quoi faire")
    command.set_defaults(run=run_doctor)
    return parser


def run_demo(options: argparse.Namespace) -> None:
    """The demonstration: data at the first start, then web server and scheduler."""
    # gunicorn takes a third of a second to import; the other commands do without.
    from campaign import server  # noqa: PLC0415

    settings = _settings()
    if "PUBLIC_URL" not in os.environ:
        settings = replace(settings, public_url=_local_address(options.host, options.port))
    server.check_port(options.host, options.port)
    prepare_demo(settings, is_fresh=options.fresh)
    with _application(settings), transaction():
        keys = _demo_keys()
    addresses = [
        ("Site public", f"{settings.public_url}/"),
        ("Connexion d’une organisatrice (une seule fois)", keys[0]),
        ("Lien personnel d’une municipalité", keys[1]),
    ]

    def announce() -> None:
        _say("La démonstration est ouverte. Arrêtez-la avec Ctrl+C.")
        for name, address in addresses:
            _say(f"  {name} : {address}")

    server.serve(
        settings,
        host=options.host,
        port=options.port,
        workers=1,
        threads=SQLITE_THREADS,
        when_ready=announce,
        with_worker=True,
    )


def prepare_demo(settings: Settings, *, is_fresh: bool) -> None:
    """Make the demonstration's database, unless it is there. Never touches a database of another kind."""
    with _application(settings):
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
            return
        elif not is_sqlite:
            raise Conflict("« --fresh » ne refait qu’une base SQLite. Videz cette base vous-même.")
        if not is_sqlite:
            _say("Préparation de la démonstration (quelques secondes)…")
            schema.upgrade()
            with transaction():
                demo.build(clock.now())
            return
        file = backup.database_file()
    _say("Préparation de la démonstration (quelques secondes)…")
    # Made beside, then renamed: an interrupted start leaves nothing half made.
    draft = file.with_name(f"{file.name}.en-cours")
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{draft}{suffix}").unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with _application(replace(settings, database_url=f"sqlite:///{draft}")):
        schema.upgrade()
        with transaction():
            demo.build(clock.now())
    backup.leave_sqlite_alone(draft)
    backup.leave_sqlite_alone(file)
    draft.replace(file)


def _holds_demo() -> bool:
    return schema.present_version() is not None and bool(
        db.session.scalar(sa.select(sa.func.count()).select_from(Edition).where(Edition.is_simulated))
    )


def _demo_keys() -> tuple[str, str]:
    """An organizer's way in and a clerk's personal link: new at each start, since only hashes are kept."""
    now = clock.now()
    organizer = accounts.save_user(DEMO_ORGANIZER, Role.ADMIN, name="Jeanne (démonstration)", now=now)
    token = accounts.issue_link(organizer, life=accounts.INVITATION_LIFE, now=now)
    edition = campaigns_queries.current_edition()
    return accounts.sign_in_address(token), _personal_address(edition, _town_to_try(edition), now)


def _town_to_try(edition: Edition) -> Territory:
    """One that was written to and has not answered: its link shows the whole form."""
    return db.session.scalars(
        sa.select(Territory)
        .join(Participation, Participation.territory_id == Territory.id)
        .where(Participation.edition_id == edition.id, Participation.state == State.INVITED)
        .order_by(Territory.geo_code)
        .limit(1)
    ).one()


def run_init(options: argparse.Namespace) -> None:
    """An empty production database, or an existing one brought up to date. Done twice, it changes nothing."""
    with _application(_settings()):
        schema.upgrade()
        now = clock.now()
        with transaction():
            outcome = directory.import_directory(now=now) if not territory.count_local() else None
            history.load(now)
            edition = campaigns_queries.find_current_edition() or _open_coming(options.edition_start, now)
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
    _say(f"La base est prête : {count} municipalités{'' if outcome else ' (déjà chargées)'}; {described}.")
    if not is_named:
        _say(
            "Nommez l’organisme qui porte la campagne : init --organization … --postal-address … --contact …"
        )


def _open_coming(start_on: date | None, now: datetime) -> Edition:
    start = start_on or week_of(coming_year(clock.today(now))).start_on
    return campaigns.open_edition(number_of(start.year), start)


def run_serve(options: argparse.Namespace) -> None:
    """The production web server. On SQLite, one process: writers take turns anyway, and memory is spared."""
    from campaign import server  # noqa: PLC0415 - see run_demo

    settings = _settings()
    with _application(settings):
        _check_schema()
        is_sqlite = db.engine.dialect.name == "sqlite"
    workers = options.workers or (1 if is_sqlite else max(2, os.cpu_count() or 2))
    threads = options.threads or (SQLITE_THREADS if is_sqlite else POSTGRESQL_THREADS)
    address = _local_address(options.host, options.port)
    server.serve(
        settings,
        host=options.host,
        port=options.port,
        workers=workers,
        threads=threads,
        when_ready=lambda: _say(f"Pavois sert {address} ({workers} × {threads})."),
    )


def run_worker(options: argparse.Namespace) -> None:
    """The scheduler, for ever or once."""
    if options.now and not options.once:
        raise CampaignError("« --now » s’emploie avec « --once ».")
    with _application(_settings()) as app:
        _check_schema()
    if not options.once:
        jobs.Worker(app).run_forever()
        return
    counts = jobs.run_due(app, options.now)
    _say(
        f"Courriels envoyés : {counts.sent}; remis à plus tard : {counts.postponed}; "
        f"refusés : {counts.refused}; incertains : {counts.uncertain}. "
        f"Accès échus effacés : {counts.forgotten}."
    )


def run_directory_import(options: argparse.Namespace) -> None:
    """Compare the official directory with ours, by code."""
    with _application(_settings()):
        _check_schema()
        with transaction():
            outcome = directory.import_directory(options.file, dry_run=options.dry_run, now=clock.now())
        for line in outcome.lines:
            _say(line)


def run_users_add(options: argparse.Namespace) -> None:
    """Create or update an account and print its one-time link."""
    with _application(_settings()):
        _check_schema()
        now = clock.now()
        with transaction() as session:
            known = set(session.scalars(sa.select(Region.code)))
            unknown = [code for code in options.region if code not in known]
            if unknown:
                raise CampaignError(
                    f"Région inconnue : {', '.join(unknown)}. Les codes vont de 01 à 17 : « --region 01 »."
                )
            role = Role(options.role)
            user = accounts.save_user(options.email, role, region_codes=options.region, now=now)
            token = accounts.issue_link(user, life=accounts.INVITATION_LIFE, now=now)
            address = accounts.sign_in_address(token)
    _say(f"Le compte est prêt ({role.value}). Lien de connexion, valable 24 heures et une seule fois :")
    _say(address)


def run_link(options: argparse.Namespace) -> None:
    """Print a municipality's personal link, for someone on the phone."""
    with _application(_settings()):
        _check_schema()
        now = clock.now()
        with transaction():
            town = territory.get_territory(options.geo_code)
            edition = campaigns_queries.current_edition()
            name = town.name
            address = _personal_address(edition, town, now)
    _say(f"Lien personnel de {name} pour la {ordinal(edition.number)} édition :")
    _say(address)


def run_edition_list(_options: argparse.Namespace) -> None:
    """One line per edition."""
    with _application(_settings()):
        _check_schema()
        current = campaigns_queries.find_current_edition()
        for edition in campaigns_queries.list_editions():
            mark = " (courante)" if edition is current else ""
            _say(f"{_describe(edition)}{mark}")


def run_edition_open(options: argparse.Namespace) -> None:
    """Open an edition."""
    with _application(_settings()):
        _check_schema()
        with transaction():
            edition = campaigns.open_edition(options.number, options.start, theme=options.theme)
            described = _describe(edition)
    _say(f"L’édition est ouverte : {described}.")


def run_backup(options: argparse.Namespace) -> None:
    """Copy database and uploads while the service runs."""
    settings = _settings()
    with _application(settings):
        manifest = backup.back_up(settings, options.file, clock.now())
    size = number(round(options.file.stat().st_size / 1_000_000, 1))
    _say(f"Sauvegarde écrite : {options.file} ({size} Mo; fichiers téléversés : {manifest.uploads}).")
    _say("Elle contient des renseignements personnels : gardez-la en lieu sûr.")


def run_restore(options: argparse.Namespace) -> None:
    """Put a copy back."""
    settings = _settings()
    with _application(settings):
        manifest = backup.restore(settings, options.file)
        schema.upgrade()
    _say(f"La sauvegarde du {manifest.made_at} est en place (fichiers téléversés : {manifest.uploads}).")


def run_doctor(_options: argparse.Namespace) -> int:
    """Say what is wrong; 1 when something is."""
    settings = _settings()
    marks = {True: "bon      ", False: "à régler ", None: "à savoir "}
    with _application(settings):
        findings = list(doctor.examine(settings, clock.now()))
    for finding in findings:
        _say(f"{marks[finding.is_fine]} {finding.sentence}")
    wrong = sum(finding.is_fine is False for finding in findings)
    if wrong:
        _complain("Un point est à corriger." if wrong == 1 else f"{wrong} points sont à corriger.")
    return 1 if wrong else 0


def _settings() -> Settings:
    return Settings.from_environment(os.environ)


@contextmanager
def _application(settings: Settings) -> Iterator[Flask]:
    """The application and its context; its connections are closed after, so that nothing is inherited."""
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def _check_schema() -> None:
    if not schema.is_current():
        raise CampaignError("La base n’est pas prête. Exécutez d’abord « python3 run.py init ».")


def _personal_address(edition: Edition, town: Territory, now: datetime) -> str:
    return public_link("participations.personal", token=links.issue(edition, town, now=now))


def _describe(edition: Edition) -> str:
    dates = date_range(edition.start_on, edition.end_on) or str(edition.year)
    theme = f", « {edition.theme} »" if edition.theme else ""
    return f"{ordinal(edition.number)} édition, {dates}{theme}"


def _local_address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - read, not opened
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65_535:
        raise argparse.ArgumentTypeError("inscrivez un nombre de 1 à 65535")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("inscrivez un nombre d’au moins 1")
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas une date (AAAA-MM-JJ)") from error


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"« {text} » n’est pas un instant (par exemple 2027-11-15T09:00-05:00)"
        ) from error
    # Without an offset, people mean the legal time of Québec.
    return (instant if instant.tzinfo else instant.replace(tzinfo=clock.zone(clock.EASTERN))).astimezone(UTC)
