"""Every address: guarded or knowingly public, acting on POST alone, never without a token of ours."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from campaign.extensions import csrf
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries

PUBLIC = {
    "/",
    "/accessibilite",
    "/accueil/<code>",
    "/bilan/<token>",
    "/billet/<token>",
    "/billet/<token>/attestation",
    "/billet/<token>/attestation.pdf",
    "/billet/<token>.ics",
    "/billet/<token>.pdf",
    "/billet/<token>.svg",
    "/billet/<token>/annuler",
    "/calendrier",
    "/calendrier.ics",
    "/calendrier.atom",
    "/calendrier/abonnement",
    "/calendrier/encart",
    "/calendrier/encart.js",
    "/calendrier/integrer",
    "/calendrier/mrc/<code>.ics",
    "/calendrier/municipalite/<code>.ics",
    "/calendrier/prive/<token>.ics",
    "/calendrier/proposer",
    "/calendrier/proposer/merci",
    "/calendrier/proposition/<token>",
    "/calendrier/proposition/<token>/annuler",
    "/calendrier/proposition/<token>/garder",
    "/calendrier/proposition/<token>/modifier",
    "/calendrier/proposition/lien",
    "/calendrier/proposition/lien/envoye",
    "/calendrier/region/<code>.ics",
    "/calendrier/theme/<code>.ics",
    "/calendrier/type/<code>.ics",
    "/connexion",
    "/connexion/<token>",
    "/connexion/lien-demande",
    "/deconnexion",
    "/desabonnement/<token>",
    "/donnees",
    "/donnees/evenements.csv",
    "/donnees/evenements.geojson",
    "/donnees/evenements.json",
    "/evenements/<slug>",
    "/evenements/<slug>.ics",
    "/evenements/<slug>/affiche.pdf",
    "/evenements/<slug>/image.png",
    "/evenements/<slug>/inscription",
    "/evenements/<slug>/inscription/merci",
    "/evenements/<slug>/qr.svg",
    "/evenements/<slug>/suivre",
    "/evenements/<slug>/suivre/envoye",
    "/evenements/semaine.png",
    "/favicon.ico",
    "/healthz",
    "/images/<key>.<extension>",
    "/images/apercu/<word>",
    "/inscription",
    "/inscription/<geo_code>",
    "/inscription/<geo_code>/merci",
    "/inscription/confirmer/<token>",
    "/inscription/lien",
    "/inscription/lien/envoye",
    "/inscriptions/<token>",
    "/inscriptions/<token>/annuler",
    "/inscriptions/<token>/personnes/<int:number>/annuler",
    "/inscriptions/<token>/personnes/<int:number>/choix",
    "/inscriptions/<token>/personnes/<int:number>/fichiers/<int:question_id>",
    "/inscriptions/<token>/personnes/<int:number>/fichiers/<int:question_id>/retirer",
    "/inscriptions/<token>/personnes/<int:number>/remplacer",
    "/inscriptions/lien",
    "/inscriptions/lien/envoye",
    "/invitation/<token>",
    "/metrics",
    "/municipalites",
    "/municipalites/<geo_code>",
    "/municipalites/recherche",
    "/p/<token>",
    "/p/<token>/affiche.pdf",
    "/p/<token>/calendrier",
    "/p/<token>/lever-du-drapeau.ics",
    "/p/<token>/resolution.docx",
    "/polices/titre.woff2",
    "/renseignements-personnels",
    "/static/<path:filename>",
    "/styles.css",
    "/suivi/<token>",
    "/webhooks/sendgrid",
}
"""Addresses that anybody may open: one that is neither here nor under /gestion fails the test below."""

WITHOUT_TOKEN = {"following.act", "outbox.sendgrid_events", "unsubscribe.act"}
"""Endpoints that programs post to without ever having read a page of ours."""

VALUES = {"geo_code": "23027", "code": "23", "slug": "x", "token": "x", "filename": "css/tokens.css"}


def rules(app: Flask, method: str) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if method in (rule.methods or set()))


def address(rule: Rule) -> str:
    """The rule with a value in each of its places."""
    values = {name: VALUES.get(name, 1) for name in rule.arguments}
    _domain, path = rule.build(values, append_unknown=False) or ("", "")
    return path


def is_managed(rule: Rule) -> bool:
    return rule.rule == "/gestion" or rule.rule.startswith("/gestion/")


def test_each_address_is_under_gestion_or_knowingly_public(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules() if not is_managed(rule)} - PUBLIC == set()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_turned_away_from_every_managed_address(
    app: Flask, client: Client, method: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the guard must hold by itself
    managed = [rule for rule in rules(app, method) if is_managed(rule)]

    answers = {rule.rule: client.open(address(rule), method=method).status_code for rule in managed}

    assert len(answers) > 3
    assert {rule: status for rule, status in answers.items() if status not in (302, 403)} == {}


@pytest.mark.usefixtures("demo")
def test_nothing_is_posted_without_our_token(app: Flask, client: Client) -> None:
    sign_in(client)  # the guard of managed addresses comes first
    posted = [rule for rule in rules(app, "POST") if rule.endpoint not in WITHOUT_TOKEN]

    with count_queries(app) as statements:
        answers = {rule.rule: client.post(address(rule)).status_code for rule in posted}

    assert len(answers) > 3
    # 404: a form that keeps what was typed is drawn again, and an unknown link has none to draw.
    assert {rule: status for rule, status in answers.items() if status not in (400, 404)} == {}
    assert 400 in answers.values()
    assert [statement for statement in statements if statement not in statements.reads] == []


def test_only_listed_endpoints_do_without_our_token(app: Flask) -> None:
    exempt = {
        f"{view.__module__}.{view.__name__}" for view in app.view_functions.values()
    } & csrf._exempt_views

    assert csrf._exempt_blueprints == set()
    assert exempt == {
        f"{app.view_functions[name].__module__}.{app.view_functions[name].__name__}" for name in WITHOUT_TOKEN
    }


def test_only_get_and_post_are_understood(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or set()}

    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.usefixtures("demo")
def test_reading_any_address_writes_nothing(app: Flask, client: Client) -> None:
    wrote = {}
    for rule in rules(app, "GET"):
        with count_queries(app) as statements:
            client.get(address(rule))
        wrote[rule.rule] = [statement for statement in statements if statement not in statements.reads]

    assert {rule: statements for rule, statements in wrote.items() if statements} == {}
