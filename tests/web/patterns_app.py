"""A tiny application around the templates: the look is tried without database or rooms."""

from __future__ import annotations

from datetime import date

import flask
from flask import Flask, render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import StrictUndefined
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired

from campaign.config import ROOT
from campaign.web import filters
from campaign.web.responses import static_url


class Registration(FlaskForm):
    """The kinds of fields that the product's forms have."""

    modes = SelectMultipleField(
        "Comment participerez-vous ?",
        validators=[InputRequired("Choisissez au moins une façon de participer.")],
        choices=[
            ("lever", "Lever du drapeau"),
            ("resolution", "Résolution du conseil"),
            ("activite", "Activité"),
        ],
        default=["lever"],
    )
    date = DateField("Date du lever", validators=[InputRequired("Inscrivez la date.")])
    heure = StringField("Heure", validators=[DataRequired("Inscrivez l’heure, par exemple « 10 h ».")])
    courriel = EmailField("Courriel", validators=[DataRequired("Inscrivez l’adresse courriel.")])
    region = SelectField("Région", choices=[("01", "Bas-Saint-Laurent"), ("09", "Côte-Nord")])
    public = RadioField(
        "Le public est-il invité ?",
        choices=[("oui", "Oui"), ("non", "Non")],
        validators=[InputRequired("Dites si le public est invité.")],
    )
    texte = TextAreaField("Mot de la municipalité", description="Il paraîtra sur votre page.")
    accord = BooleanField("J’accepte que ces renseignements soient publiés")


def create_app() -> Flask:
    """Templates, filters and the addresses that the frame links to."""
    app = Flask("patterns", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(SECRET_KEY="patterns", TESTING=True, BABEL_DEFAULT_LOCALE="fr_CA")
    app.jinja_env.undefined = StrictUndefined
    CSRFProtect(app)
    Babel(app)
    filters.init_app(app)
    app.add_template_global(static_url)
    for name, address in FRAME.items():
        app.add_url_rule(address, name, lambda: "")

    @app.get("/motifs")
    def patterns() -> str:
        failing = Registration(formdata=None)
        failing.validate()
        return render_template(
            "patterns.html", form=Registration(formdata=None), failing=failing, day=date(2027, 11, 15)
        )

    @app.get("/page/<path:template>")
    def page(template: str) -> str:
        given = {
            "message": flask.request.args.get("message"),
            "edition_is_simulated": "simulee" in flask.request.args,
        }
        return render_template(template, **given)

    return app


FRAME = {
    "public.home": "/",
    "public.participants": "/municipalites",
    "agenda.calendar": "/calendrier",
    "agenda.subscribe": "/calendrier/abonnement",
}
