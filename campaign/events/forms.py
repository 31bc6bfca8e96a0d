"""The form of an activity (domain §3.2), and the short answers of its author's link."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, time

from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.errors import NotFound
from campaign.events import pictures
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Opening, Picture
from campaign.events.pictures import Stored
from campaign.events.recurrence import MOST_DATES, RHYTHMS, STEPS, Rhythm, TooManyDates, expand
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    ACTIVITY_TYPES,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    ORGANIZER_KINDS,
    THEMES,
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.i18n import _
from campaign.territory import queries as territories
from campaign.territory import search
from campaign.territory.models import Territory
from campaign.territory.names import label_for, search_words
from campaign.territory.search import Suggestion
from campaign.web import typed
from campaign.web.filters import full_date, hour
from campaign.web.forms import CountField, DayField, EmailField, HourField, Needed, PageForm, TelephoneField

MOST_IN_TITLE = 80
MOST_IN_DESCRIPTION = 600

MOST_CANDIDATES = 8
"""How many municipalities a vague name is answered with."""

MUNICIPALITY, REGION, EVERYWHERE = "municipalite", "region", "quebec"
"""Where an activity belongs."""


def _short(limit: int) -> Length:
    return Length(max=limit, message=_("Ce texte est trop long : %(max)d caractères au plus.", max=limit))


class ChosenField(RadioField):
    """One choice, or none: what was not chosen does not go back to what the form begins with."""

    def process_formdata(self, valuelist):
        self.data = valuelist[0] if valuelist else None


def _choices(words) -> list[SelectChoice]:
    return [SelectChoice(value.value, word) for value, word in words.items()]


def _paragraphs(value: str | None) -> str | None:
    """Lines kept, as people write them; nothing that cannot be printed."""
    if not value:
        return value
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(" ".join(typed.printable(line).split()) for line in lines).strip()


def _tidy_postal_code(value: str | None) -> str | None:
    return typed.tidy_postal_code(value) if value else value


def _web_address(value: str | None) -> str | None:
    """« zoom.us/j/123 » is what people copy."""
    return f"https://{value}" if value and "://" not in value else value


class Boxes(SelectMultipleField):
    """Boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SittingRow(Form):
    """One date. Whole days have a last day instead of hours."""

    day = DayField(_("Date"))
    starts = HourField(_("De"))
    ends = HourField(_("À"))
    last_day = DayField(_("Dernier jour"))

    @property
    def is_empty(self) -> bool:
        return not any(getattr(field, "typed", "") or field.data for field in self)

    def to_sitting(self) -> Sitting:
        if self.last_day.data:
            return Sitting(day=self.day.data, last_day=self.last_day.data)
        return Sitting(day=self.day.data, starts=self.starts.data, ends=self.ends.data)


class ActivityForm(PageForm):
    """What everybody answers comes first; the rare is folded, the usual is already filled."""

    title = StringField(
        _("Titre de l’activité"),
        validators=[Needed(_("Inscrivez le titre de l’activité.")), _short(MOST_IN_TITLE)],
    )
    activity_type = SelectField(
        _("Type d’activité"),
        choices=[SelectChoice("", _("Choisissez")), *_choices(ACTIVITY_TYPES)],
        validators=[Needed(_("Choisissez le type d’activité."))],
        validate_choice=False,
    )
    description = TextAreaField(
        _("Description"),
        filters=[_paragraphs],
        validators=[Needed(_("Décrivez l’activité en quelques phrases.")), _short(MOST_IN_DESCRIPTION)],
    )
    audiences = Boxes(
        _("Pour qui?"),
        choices=_choices(AUDIENCES),
        validators=[Needed(_("Cochez au moins un public."))],
    )
    dates = FieldList(FormField(SittingRow), min_entries=1)
    rhythm = SelectField(
        _("Répétition"), choices=_choices(RHYTHMS), default=Rhythm.ONCE.value, validate_choice=False
    )
    until = DayField(_("Jusqu’au"))
    place = StringField(_("Lieu"), filters=[_tidy_postal_code], validators=[_short(300)])
    municipality = StringField(_("Municipalité"), validators=[_short(200)])
    municipality_choice = StringField(_("Laquelle?"), validators=[_short(200)])
    """One of those that the name may mean."""
    format = RadioField(
        _("Formule"), choices=_choices(FORMATS), default=Format.IN_PERSON.value, validate_choice=False
    )
    online_url = StringField(
        _("Lien pour participer en ligne"), filters=[_web_address], validators=[_short(500)]
    )
    is_online_url_public = BooleanField(_("Publier ce lien"), default=True)
    where = RadioField(
        _("L’activité se rattache à"),
        choices=[
            SelectChoice(MUNICIPALITY, _("Une municipalité")),
            SelectChoice(REGION, _("Toute une région")),
            SelectChoice(EVERYWHERE, _("Tout le Québec, en ligne")),
        ],
        default=MUNICIPALITY,
        validate_choice=False,
    )
    region = SelectField(_("Région"), choices=[], validate_choice=False)
    cost = ChosenField(_("Coût"), choices=_choices(COSTS), default=Cost.FREE.value, validate_choice=False)
    price = StringField(_("Montant"), validators=[_short(120)])
    needs_registration = RadioField(
        _("Faut-il s’inscrire?"),
        choices=[SelectChoice("non", _("Non")), SelectChoice("oui", _("Oui"))],
        default="non",
        validate_choice=False,
    )
    registration = StringField(_("Comment s’inscrire?"), validators=[_short(300)])
    organizer_name = StringField(
        _("Organisme"), validators=[Needed(_("Inscrivez le nom de l’organisme.")), _short(200)]
    )
    organizer_kind = SelectField(
        _("Type d’organisme"),
        choices=[SelectChoice("", _("Choisissez")), *_choices(ORGANIZER_KINDS)],
        validators=[Needed(_("Choisissez le type d’organisme."))],
        validate_choice=False,
    )
    email = EmailField(_("Courriel"), validators=[Needed(_("Inscrivez l’adresse courriel.")), _short(254)])
    alt = StringField(_("Ce que montre l’image"), validators=[_short(300)])
    credit = StringField(_("Crédit de l’image"), validators=[_short(200)])
    drops_picture = BooleanField(_("Retirer cette image"))
    accessibility = Boxes(_("Accessibilité"), choices=_choices(ACCESSIBILITY))
    languages = Boxes(
        _("Langue de l’activité"), choices=_choices(LANGUAGES), default=[SpokenLanguage.FRENCH.value]
    )
    opening = RadioField(
        _("Qui peut venir?"),
        choices=[
            SelectChoice(Opening.PUBLIC.value, _("Tout le monde")),
            SelectChoice(Opening.RESERVED.value, _("Notre clientèle seulement")),
        ],
        default=Opening.PUBLIC.value,
        validate_choice=False,
    )
    max_participants = CountField(_("Nombre de places"))
    rain_plan = StringField(_("En cas de mauvais temps"), validators=[_short(300)])
    themes = Boxes(_("Thèmes"), choices=_choices(THEMES))
    hashtags = StringField(_("Mots-clics"), validators=[_short(200)])
    contact_name = StringField(_("Personne-ressource"), validators=[_short(160)])
    contact_phone = TelephoneField(_("Téléphone"))
    is_contact_public = BooleanField(_("Publier ce courriel, ce nom et ce téléphone avec l’activité"))
    site_web = StringField(_("Laissez ce champ vide"))
    """The trap: people never see it, robots fill it."""
    cle = HiddenField()
    """One sheet of the form: sent twice, it is one proposal."""
    courriel_garde = HiddenField()
    """The address that the person was asked about and kept."""
    image_gardee = HiddenField()
    """The picture uploaded with an earlier attempt."""
    picture_most_bytes, picture_too_heavy = pictures.MAX_BYTES, pictures.TOO_HEAVY

    def __init__(
        self,
        formdata: MultiDict[str, str] | None = None,
        *,
        edition: Edition,
        today: date,
        known_days: Collection[date] = (),
        **kwargs: object,
    ) -> None:
        self.edition, self.today, self.known_days = edition, today, known_days
        self.territory: Territory | None = None
        self.candidates: list[Suggestion] = []
        """Municipalities that the name may mean, when it means several."""
        self.stored: Stored | None = None
        self.sittings: tuple[Sitting, ...] = ()
        self.picture_error = ""
        super().__init__(formdata=formdata, **kwargs)
        self.region.choices = [
            SelectChoice("", _("Choisissez")),
            *(SelectChoice(region.code, region.name) for region in territories.list_regions()),
        ]
        if self.image_gardee.data:
            self._take_back()

    @property
    def is_robot(self) -> bool:
        return bool(self.site_web.data)

    def add_date(self) -> None:
        """One more row to fill."""
        if len(self.dates) < MOST_DATES:
            self.dates.append_entry()

    # --- the picture, which no attempt may lose ---

    def take_picture(self, file: FileStorage | None) -> None:
        """Keep the file that came with this attempt, if one did."""
        if file is None or not file.filename:
            return
        try:
            self.stored = pictures.store(file.read(pictures.MAX_BYTES + 1))
        except pictures.Unreadable as refusal:
            self.picture_error = refusal.message
            return
        self.drops_picture.data = False
        self.image_gardee.data = pictures.seal(self.stored)

    def _take_back(self) -> None:
        try:
            self.stored = pictures.unseal(self.image_gardee.data)
        except NotFound:
            self.image_gardee.data = ""
        if self.drops_picture.data:
            self.stored, self.image_gardee.data = None, ""

    # --- the answers together ---

    def validate(self, extra_validators: object = None) -> bool:
        """Each answer alone, then the answers together."""
        super().validate()
        for field in self._not_asked():
            field.errors = ()
        for check in (
            self._check_place,
            self._check_dates,
            self._check_money,
            self._check_picture,
            self._check_email,
        ):
            check()
        return not (self.form_errors or self.all_errors())

    def all_errors(self) -> list[tuple[str, str]]:
        """(field id, sentence), in the order of the page."""
        found = list(_errors_of(self))
        return [*found, ("image", self.picture_error)] if self.picture_error else found

    def _not_asked(self) -> tuple[Field, ...]:
        parts = (
            (self.is_online, (self.online_url,)),
            (self.cost.data == Cost.PRICE.value, (self.price,)),
            (self.needs_registration.data == "oui", (self.registration,)),
            (self.where.data == MUNICIPALITY, (self.municipality,)),
            (self.where.data == REGION, (self.region,)),
            (self.rhythm.data in _repeating(), (self.until,)),
        )
        return tuple(field for is_asked, fields in parts if not is_asked for field in fields)

    @property
    def is_online(self) -> bool:
        return self.format.data in (Format.ONLINE.value, Format.HYBRID.value)

    def _check_place(self) -> None:
        if self.format.data != Format.ONLINE.value and not self.place.data:
            refuse(self.place, _("Inscrivez le lieu, par exemple « Bibliothèque, 12, rue Principale »."))
        if self.is_online and not self.online_url.data:
            refuse(self.online_url, _("Inscrivez le lien pour participer en ligne."))
        if self.is_online and self.online_url.data and not _is_web_address(self.online_url.data):
            refuse(
                self.online_url, _("Vérifiez le lien : il doit ressembler à « https://exemple.ca/salle ».")
            )
        if self.where.data == REGION:
            if self.region.data not in {choice.value for choice in self.region.choices if choice.value}:
                refuse(self.region, _("Choisissez la région."))
        elif self.where.data == EVERYWHERE:
            if self.format.data == Format.IN_PERSON.value:
                refuse(
                    self.where,
                    _("Une activité sur place se rattache à une municipalité, ou à une région entière."),
                )
        else:
            self._find_municipality()

    def _find_municipality(self) -> None:
        name = self.municipality.data or ""
        if not name:
            refuse(self.municipality, _("Inscrivez la municipalité."))
            return
        found = _suggestions(name)
        if (chosen := self.municipality_choice.data) in {one.label for one in found}:
            name = self.municipality.data = chosen
        same = [one for one in found if _is_label(name, one.label)]
        same = same or [one for one in found if search_words(one.name) == search_words(name)]
        choice = same if len(same) == 1 else found
        if len(choice) == 1:
            self.territory = territories.get_territory(choice[0].geo_code)
            return
        self.candidates = (same or found)[:MOST_CANDIDATES]
        if self.candidates:
            refuse(self.municipality, _("Plusieurs municipalités répondent à ce nom. Choisissez la vôtre."))
        else:
            refuse(self.municipality, _("Aucune municipalité de ce nom. Essayez le début du nom."))

    @property
    def zone(self) -> str:
        return self.territory.time_zone if self.territory else clock.EASTERN

    def _check_dates(self) -> None:
        rows = [row.form for row in self.dates if not row.form.is_empty] or [self.dates[0].form]
        for row in rows:
            self._check_row(row)
        if any(field.errors for row in rows for field in row):
            return
        rhythm = _member(Rhythm, self.rhythm.data, Rhythm.ONCE)
        if rhythm in STEPS and not self.until.data:
            refuse(self.until, _("Inscrivez jusqu’à quel jour l’activité se répète."))
            return
        if rhythm in STEPS and self.until.data < max(row.day.data for row in rows):
            refuse(self.until, _("L’activité se répète jusqu’à un jour qui suit sa première date."))
            return
        try:
            self.sittings = expand([row.to_sitting() for row in rows], rhythm, self.until.data)
        except TooManyDates as refusal:
            refuse(self.until if rhythm in STEPS else self.dates[0].form.day, refusal.message)
            return
        self._check_clocks(rows[0])

    def _check_row(self, row: SittingRow) -> None:
        if not row.day.data:
            refuse(row.day, _("Inscrivez la date."))
        if row.last_day.data:
            if row.day.data and row.last_day.data < row.day.data:
                refuse(row.last_day, _("Le dernier jour ne peut pas précéder le premier."))
            if row.starts.data:
                refuse(
                    row.last_day, _("Laissez les heures vides pour des jours entiers, ou effacez ce jour.")
                )
        elif not row.starts.data:
            refuse(row.starts, _("Inscrivez l’heure du début, par exemple « 10 h »."))
        day = row.last_day.data or row.day.data
        if day is None or row.day.errors or row.day.data in self.known_days:
            return
        if day < self.today:
            refuse(row.day, _("Cette date est passée. Inscrivez une date à venir."))
        elif self.edition.year and abs(day.year - self.edition.year) > 1:
            refuse(
                row.day,
                _(
                    "Inscrivez une date de l’édition %(year)s : celle-ci en est trop éloignée.",
                    year=str(self.edition.year),
                ),
            )

    def _check_clocks(self, row: SittingRow) -> None:
        """An hour that the clocks jump over, on any of the dates; the hour at which they land is proposed."""
        for sitting in self.sittings:
            for field, at in ((row.starts, sitting.starts), (row.ends, sitting.ends)):
                landing = _landing(sitting.day, at, self.zone)
                if landing is not None:
                    refuse(
                        field,
                        _(
                            "Cette heure n’existe pas le %(day)s : on avance l’heure. "
                            "Inscrivez « %(hour)s ».",
                            day=full_date(sitting.day),
                            hour=hour(landing),
                        ),
                    )

    def _check_money(self) -> None:
        if self.cost.data == Cost.PRICE.value and not self.price.data:
            refuse(self.price, _("Inscrivez le montant, par exemple « 5 $ par enfant »."))
        if self.needs_registration.data == "oui" and not self.registration.data:
            refuse(self.registration, _("Dites comment s’inscrire : une adresse, un téléphone, un lien."))

    def _check_picture(self) -> None:
        if self.stored is not None and not self.alt.data:
            refuse(self.alt, _("Décrivez l’image en une phrase, pour qui ne la voit pas."))

    def _check_email(self) -> None:
        """A likely slip (« hotmial ») is asked about once, before anything is sent there; never refused."""
        meant = typed.likely_email(self.email.data or "")
        if meant is None or self.email.errors or self.courriel_garde.data == self.email.data:
            return
        self.courriel_garde.data = self.email.data
        refuse(
            self.email,
            _(
                "Avez-vous voulu écrire « %(email)s »? "
                "Corrigez l’adresse, ou envoyez de nouveau pour la garder.",
                email=meant,
            ),
        )

    # --- from and to what is said of an activity ---

    def to_content(self) -> ActivityContent:
        """After `validate()`."""
        format_ = _member(Format, self.format.data, Format.IN_PERSON)
        cost = _member(Cost, self.cost.data, Cost.UNKNOWN)
        return ActivityContent(
            title=self.title.data,
            description=self.description.data,
            activity_type=_member(ActivityType, self.activity_type.data, ActivityType.OTHER),
            organizer_name=self.organizer_name.data,
            organizer_kind=_member(OrganizerKind, self.organizer_kind.data, OrganizerKind.OTHER),
            sittings=self.sittings,
            format=format_,
            place="" if format_ is Format.ONLINE else self.place.data,
            online_url=self.online_url.data if self.is_online else "",
            is_online_url_public=bool(self.is_online_url_public.data) if self.is_online else True,
            geo_code=self.territory.geo_code if self.territory else "",
            region_code=self.region.data if self.where.data == REGION else "",
            opening=_member(Opening, self.opening.data, Opening.PUBLIC),
            audiences=tuple(map(Audience, self.audiences.data)),
            themes=tuple(map(Theme, self.themes.data)),
            accessibility=tuple(map(Accessibility, self.accessibility.data)),
            languages=tuple(map(SpokenLanguage, self.languages.data)),
            cost=cost,
            price=self.price.data if cost is Cost.PRICE else "",
            registration=self.registration.data if self.needs_registration.data == "oui" else "",
            max_participants=self.max_participants.data or None,
            rain_plan=self.rain_plan.data or "",
            hashtags=self.hashtags.data or "",
            contact_name=self.contact_name.data or "",
            contact_email=self.email.data,
            contact_phone=self.contact_phone.data or "",
            is_contact_public=bool(self.is_contact_public.data),
        )

    @staticmethod
    def filled_with(content: ActivityContent, picture: Picture | None = None) -> dict[str, object]:
        """The answers that say this, to start from."""
        territory = territories.find_territory(content.geo_code) if content.geo_code else None
        told: dict[str, object] = {
            name: getattr(content, name)
            for name in (
                "title", "description", "place", "online_url", "is_online_url_public", "price",
                "registration", "organizer_name", "contact_name", "contact_phone", "is_contact_public",
                "max_participants", "rain_plan", "hashtags",
            )
        }  # fmt: skip
        chosen = ("activity_type", "organizer_kind", "format", "cost", "opening")
        told |= {name: getattr(content, name).value for name in chosen}
        lists = ("audiences", "themes", "accessibility", "languages")
        told |= {name: [one.value for one in getattr(content, name)] for name in lists}
        return told | {
            "email": content.contact_email,
            "where": MUNICIPALITY if territory else REGION if content.region_code else EVERYWHERE,
            "municipality": label_for(territory) if territory else "",
            "region": content.region_code,
            "needs_registration": "oui" if content.registration else "non",
            "dates": [
                {"day": one.day, "starts": one.starts, "ends": one.ends, "last_day": one.last_day}
                for one in content.sittings
            ],
            "alt": picture.alt if picture else "",
            "credit": picture.credit if picture else "",
            "image_gardee": pictures.seal(picture) if picture else "",
        }

    def hours_told_twice(self) -> list[Sitting]:
        """Dates whose hour the clocks show two times that night: the first is kept."""
        return [
            one
            for one in self.sittings
            if one.starts is not None and clock.happens_twice(one.day, one.starts, self.zone)
        ]

    def is_outside_week(self) -> bool:
        """All of it is in another week than the edition's: accepted, and said."""
        start, end = self.edition.start_on, self.edition.end_on
        if start is None or end is None:
            return False
        return not any(one.day <= end and (one.last_day or one.day) >= start for one in self.sittings)


def _repeating() -> set[str]:
    return {rhythm.value for rhythm in STEPS}


def _suggestions(name: str) -> list[Suggestion]:
    """Municipalities of that name; of the name alone when it comes with what tells it from its homonyms."""
    found = search.search(name, limit=30).suggestions
    return list(found or search.search(name.partition(" (")[0], limit=30).suggestions)


def _is_label(name: str, label: str) -> bool:
    """What a suggestion wrote: the label, or the label and the sector that was looked for."""
    return name == label or name.startswith(f"{label},")


def _landing(day: date, at: time | None, zone: str) -> time | None:
    """The hour at which the clocks land, when they jump over this one."""
    if at is None:
        return None
    try:
        clock.to_utc(day, at, zone)
    except clock.NonexistentTime as error:
        return error.suggestion
    return None


def _is_web_address(text: str) -> bool:
    scheme, _, rest = text.partition("://")
    return scheme.lower() in ("http", "https") and "." in rest and " " not in text


def _errors_of(form: Form) -> Iterator[tuple[str, str]]:
    for field in form:
        if isinstance(field, FieldList):
            for row in field:
                yield from _errors_of(row.form)
        elif field.errors:
            yield field.id, str(field.errors[0])


def _member(kind, value, default):
    """The member of that value; what a broken client sends becomes the default."""
    try:
        return kind(value)
    except ValueError:
        return default


def refuse(field: Field, message: str) -> None:
    """Add a sentence beside the field, unless one is already there."""
    if not field.errors:
        field.errors = [message]


class CancelForm(PageForm):
    """Calling off what people have noted asks why."""

    reason = StringField(
        _("Pourquoi l’annulez-vous?"),
        validators=[Needed(_("Indiquez la raison en quelques mots.")), _short(300)],
    )


class NewLinkForm(PageForm):
    """A lost link: where to send it again."""

    email = EmailField(_("Votre courriel"), validators=[Needed(_("Inscrivez l’adresse courriel."))])
