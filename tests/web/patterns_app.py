"""A small application around the templates alone: the look is tried without database or rooms."""

from __future__ import annotations

from datetime import date

from flask import Flask, render_template, request, url_for
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import StrictUndefined
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from campaign.config import ROOT
from campaign.territory.map import MapPoint, region_map
from campaign.web import filters
from campaign.web.assets import static_url, stylesheet_url

FRAME = {
    "events.campaign_card": "/semaine.png",
    "public.home": "/",
    "public.participants": "/municipalites",
    "agenda.calendar": "/calendrier",
    "agenda.subscribe": "/calendrier/abonnement",
    "web.privacy": "/renseignements-personnels",
    "web.accessibility": "/accessibilite",
}
"""The addresses that the frame of every page links to."""


class Address(Form):
    """A form inside the form."""

    rue = StringField("Rue", validators=[DataRequired("Inscrivez la rue.")])


class Registration(FlaskForm):
    """One field of each kind that the product's forms have."""

    modes = SelectMultipleField(
        "Comment participerez-vous?",
        validators=[InputRequired("Choisissez au moins une façon de participer.")],
        choices=[
            SelectChoice("lever", "Lever du drapeau"),
            SelectChoice("resolution", "Résolution du conseil"),
            SelectChoice("activite", "Activité pour les tout-petits"),
        ],
        default=["lever"],
    )
    date = DateField("Date du lever", validators=[InputRequired("Inscrivez la date.")])
    heure = StringField(
        "Heure", validators=[DataRequired("Inscrivez l’heure, par exemple «\u00a010\u00a0h\u00a0».")]
    )
    courriel = EmailField("Courriel", validators=[DataRequired("Inscrivez l’adresse courriel.")])
    municipalite = StringField("Municipalité")
    region = SelectField(
        "Région",
        choices=[SelectChoice("01", "Bas-Saint-Laurent"), SelectChoice("09", "Côte-Nord")],
        default="09",
    )
    public = RadioField(
        "Le public est-il invité?",
        choices=[SelectChoice("oui", "Oui"), SelectChoice("non", "Non")],
        validators=[InputRequired("Dites si le public est invité.")],
    )
    texte = TextAreaField("Mot de la municipalité", description="Il paraîtra sur votre page.")
    accord = BooleanField("J’accepte que ces renseignements soient publiés")
    livraison = FormField(Address)


def failing_form() -> Registration:
    """What comes back after an empty form was sent."""
    form = Registration(formdata=None, meta={"csrf": False})
    form.region.data = "09"
    form.validate()
    return form


def create_app() -> Flask:
    """Templates, filters and the addresses of the frame; undefined names are errors."""
    app = Flask("patterns", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(SECRET_KEY="patterns", TESTING=True, BABEL_DEFAULT_LOCALE="fr_CA")
    app.jinja_env.undefined = StrictUndefined
    CSRFProtect(app)
    Babel(app)
    filters.init_app(app)
    app.add_template_global(static_url)
    app.add_template_global(stylesheet_url)
    app.add_template_global(url_for, "public_url")
    for endpoint, address in FRAME.items():
        app.add_url_rule(address, endpoint, _frame_page)
    app.add_url_rule("/motifs", "patterns", _patterns)
    app.add_url_rule("/page/<path:template>", "page", _page)
    return app


def _frame_page() -> str:
    return render_template("base.html")


def _patterns() -> str:
    blank = Registration(formdata=None)
    points = [
        MapPoint("01023", "Les Îles-de-la-Madeleine", 47.3761, -61.8681, is_confirmed=True),
        MapPoint("05070", "Bonaventure", 48.0458, -65.4925, is_confirmed=False),
    ]
    return render_template(
        "patterns.html",
        form=blank,
        failing=failing_form(),
        day=date(2027, 11, 15),
        map=region_map("11", points),
    )


def _page(template: str) -> str:
    return render_template(template, **request.args.to_dict())
