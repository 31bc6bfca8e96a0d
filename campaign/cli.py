"""The commands of the contract: each says what it did in a line or two of French."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from campaign import clock, logs
from campaign.cli_parser import FrenchParser
from campaign.config import Settings, SettingsError
from campaign.errors import CampaignError, WrongArgument

ROLES = ("admin", "organizer", "coordinator", "host", "viewer")
THREADS = 4
"""Of each server process: with more, they wait for each other."""
DEMO_THREADS = 8


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code: 0 done, 2 wrong arguments, 1 otherwise."""
    logs.configure()
    try:
        options = _parser().parse_args(list(arguments) or ["demo"])
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except WrongArgument as error:
        _complain(str(error))
        return 2
    except (CampaignError, SettingsError) as error:
        _complain(str(error))
    except OSError as error:
        _complain(f"{error.strerror or error}{f' : {error.filename}' if error.filename else ''}")
    return 1


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


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
    command.set_defaults(run=_later("init"))

    command = commands.add_parser("serve", help="le serveur web")
    command.add_argument("--host", default="127.0.0.1", help="adresse d’écoute")
    command.add_argument("--port", type=_port, default=8000, help="port d’écoute")
    command.add_argument("--workers", type=_count, help="nombre de processus")
    command.add_argument("--threads", type=_count, help="fils d’exécution par processus")
    command.set_defaults(run=run_serve)

    command = commands.add_parser("worker", help="le planificateur : courriels et tâches")
    command.add_argument("--once", action="store_true", help="fait tout ce qui est dû, puis s’arrête")
    command.add_argument("--now", type=_instant, metavar="ISO-8601", help="fait comme s’il était cet instant")
    command.set_defaults(run=_later("worker"))

    rooms = commands.add_parser("directory", help="le répertoire des municipalités")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("import", help="compare et met à jour")
    command.add_argument("file", type=Path, metavar="FICHIER", help="fichier CSV du répertoire")
    command.add_argument("--dry-run", action="store_true", help="montre les différences sans rien écrire")
    command.set_defaults(run=_later("directory import"))

    rooms = commands.add_parser("contacts", help="les organismes, partenaires, médias et personnes abonnées")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("import", help="lit une liste, toute ou rien")
    command.add_argument("file", type=Path, metavar="FICHIER", help="fichier CSV")
    command.add_argument("--dry-run", action="store_true", help="montre ce qui changerait sans rien écrire")
    command.set_defaults(run=_later("contacts import"))

    rooms = commands.add_parser("activities", help="les activités du calendrier")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("import", help="lit un fichier d’activités")
    command.add_argument("file", type=Path, metavar="FICHIER", help="classeur Excel (.xlsx) ou fichier CSV")
    command.add_argument("--dry-run", action="store_true", help="montre ce qui changerait sans rien écrire")
    command.add_argument(
        "--valid-only",
        action="store_true",
        help="écrit les activités valides, même si d’autres sont en erreur",
    )
    command.set_defaults(run=_later("activities import"))

    rooms = commands.add_parser("users", help="les comptes de l’équipe")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("add", help="crée ou met à jour un compte")
    command.add_argument("email", metavar="COURRIEL", help="adresse du compte")
    command.add_argument("--role", required=True, choices=ROLES, help="rôle")
    command.add_argument(
        "--region", action="extend", nargs="+", default=[], metavar="CODE", help="code de région"
    )
    command.set_defaults(run=_later("users add"))

    command = commands.add_parser("link", help="le lien personnel d’une municipalité")
    command.add_argument("geo_code", metavar="CODE_GÉO", help="code géographique à cinq chiffres")
    command.set_defaults(run=_later("link"))

    rooms = commands.add_parser("edition", help="les éditions")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("list", help="liste les éditions")
    command.set_defaults(run=_later("edition list"))
    command = actions.add_parser("open", help="ouvre une édition")
    command.add_argument("--number", type=_count, required=True, metavar="N", help="numéro de l’édition")
    command.add_argument("--start", type=_day, required=True, metavar="AAAA-MM-JJ", help="premier jour")
    command.add_argument("--theme", default="", metavar="THÈME", help="thème")
    command.set_defaults(run=_later("edition open"))

    rooms = commands.add_parser("mailing", help="les envois de l’édition courante")
    actions = rooms.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser("list", help="liste les envois et leur moment")
    command.set_defaults(run=_later("mailing list"))
    command = actions.add_parser("schedule", help="planifie un brouillon")
    command.add_argument("key", metavar="CLÉ", help="par exemple « invitation »")
    command.set_defaults(run=_later("mailing schedule"))
    command = actions.add_parser("preview", help="les adresses considérées, en CSV")
    command.add_argument("key", metavar="CLÉ", help="par exemple « rappel-1 »")
    command.add_argument("--now", type=_instant, metavar="ISO-8601", help="comme s’il était cet instant")
    command.set_defaults(run=_later("mailing preview"))

    command = commands.add_parser("backup", help="copie la base et les fichiers téléversés")
    command.add_argument("file", type=Path, metavar="FICHIER", help="archive à écrire")
    command.set_defaults(run=_later("backup"))
    command = commands.add_parser("restore", help="remet une copie en place")
    command.add_argument("file", type=Path, metavar="FICHIER", help="archive à relire")
    command.set_defaults(run=_later("restore"))

    command = commands.add_parser("doctor", help="ce qui ne va pas, et quoi faire")
    command.set_defaults(run=_later("doctor"))
    return parser


def run_demo(options: argparse.Namespace) -> int:
    """The demonstration: data at the first start, then web server and scheduler in one process."""
    # Imported here: gunicorn is of no use to the other commands.
    from campaign import server  # noqa: PLC0415

    settings = Settings.from_environment(os.environ)
    if "PUBLIC_URL" not in os.environ:
        settings = replace(settings, public_url=_local_address(options.host, options.port))

    def prepare() -> list[str]:
        # Imported in the server's own process: the one that watches over it stays small.
        from campaign import commands  # noqa: PLC0415

        addresses = commands.prepare_demo_and_keys(settings, is_fresh=options.fresh)
        return [
            "La démonstration est ouverte. Arrêtez-la avec Ctrl+C.",
            *(f"  {name} : {address}" for name, address in addresses),
        ]

    return server.serve(
        settings,
        host=options.host,
        port=options.port,
        workers=1,
        threads=DEMO_THREADS,
        prepare=prepare,
        with_worker=True,
    )


def run_serve(options: argparse.Namespace) -> int:
    """The production web server. On SQLite, two processes at most: one writes at a time."""
    from campaign import server  # noqa: PLC0415 - see run_demo

    settings = Settings.from_environment(os.environ)
    is_sqlite = settings.database_url.startswith("sqlite")
    cores = os.cpu_count() or 2
    workers = options.workers or (min(2, cores) if is_sqlite else max(2, cores))
    threads = options.threads or THREADS
    address = _local_address(options.host, options.port)

    def prepare() -> list[str]:
        from campaign import commands  # noqa: PLC0415 - see run_demo

        commands.prepare_serve(settings)
        return [f"Pavois sert {address} (processus : {workers}, fils : {threads})."]

    return server.serve(
        settings, host=options.host, port=options.port, workers=workers, threads=threads, prepare=prepare
    )


def _later(name: str) -> Callable[[argparse.Namespace], int]:
    """A command whose work is imported when it runs: --help and mistakes are answered at once."""

    def run(options: argparse.Namespace) -> int:
        from campaign import commands  # noqa: PLC0415 - half a second that only the work needs

        commands.run(name, options)
        return 0

    return run


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
