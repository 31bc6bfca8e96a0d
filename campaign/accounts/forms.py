"""Signing in, choosing a password, keeping accounts."""

from __future__ import annotations

from dataclasses import dataclass

from wtforms import BooleanField, PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, Length, ValidationError
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget

from campaign.accounts import passwords
from campaign.accounts.models import Role, User
from campaign.i18n import _
from campaign.outbox import addresses
from campaign.web.forms import Needed, PageForm

ROLE_NAMES = {
    Role.ADMIN: "Administration",
    Role.ORGANIZER: "Organisation",
    Role.COORDINATOR: "Coordination régionale",
    Role.HOST: "Accueil",
    Role.VIEWER: "Lecture",
}
ROLE_HELPS = {
    Role.ADMIN: "Tout, y compris les comptes.",
    Role.ORGANIZER: "Toutes les municipalités, sans les comptes.",
    Role.COORDINATOR: "Les municipalités de ses régions seulement.",
    Role.HOST: "L’accueil à la porte des rencontres.",
    Role.VIEWER: "Tout voir, sans rien changer.",
}


class AddressField(StringField):
    """An e-mail address to which something can be sent."""

    widget = EmailInput()
    data: str | None

    def pre_validate(self, form) -> None:
        typed = str(self.data or "")
        if typed.strip():
            try:
                self.data = addresses.normalize(typed)
            except ValueError as error:
                raise ValidationError(
                    _("Vérifiez l’adresse courriel : elle s’écrit comme « nom@exemple.ca ».")
                ) from error


class SignInForm(PageForm):
    """An address; with a password, the session opens at once, without one a link is mailed."""

    email = AddressField(_("Adresse courriel"), [Needed(_("Inscrivez l’adresse courriel de votre compte."))])
    password = PasswordField(_("Mot de passe"))


class PasswordForm(PageForm):
    """A new password, typed twice; the present one when the session is not fresh."""

    current = PasswordField(_("Mot de passe actuel"))
    password = PasswordField(_("Nouveau mot de passe"), [Needed(_("Inscrivez un mot de passe."))])
    again = PasswordField(
        _("Le même, encore une fois"), [Needed(_("Inscrivez le mot de passe une deuxième fois."))]
    )

    def __init__(self, *args, user: User, asks_current: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.asks_current = asks_current

    def validate_current(self, field) -> None:
        if self.asks_current and not passwords.verify(self.user.password_hash, field.data or ""):
            raise ValidationError(_("Ce n’est pas votre mot de passe actuel. Inscrivez-le de nouveau."))

    def validate_password(self, field) -> None:
        if len(field.data) < passwords.MIN_LENGTH:
            raise ValidationError(
                _(
                    "Choisissez au moins %(count)s caractères : quelques mots suffisent.",
                    count=passwords.MIN_LENGTH,
                )
            )
        if len(field.data) > passwords.MAX_LENGTH:
            raise ValidationError(_("Choisissez au plus %(count)s caractères.", count=passwords.MAX_LENGTH))

    def validate_again(self, field) -> None:
        if field.data and field.data != self.password.data:
            raise ValidationError(_("Les deux mots de passe diffèrent. Inscrivez-les de nouveau."))


@dataclass(frozen=True, kw_only=True)
class AccountDetails:
    """What an administrator says of an account."""

    email: str
    name: str
    role: Role
    region_codes: tuple[str, ...]
    is_active: bool


class AccountForm(PageForm):
    """An account: who, which role, which regions."""

    email = AddressField(_("Adresse courriel"), [Needed(_("Inscrivez l’adresse courriel."))])
    name = StringField(
        _("Nom"),
        [
            Needed(_("Inscrivez le nom de la personne.")),
            Length(max=120, message=_("Écrivez un nom plus court.")),
        ],
    )
    role = RadioField(
        _("Rôle"),
        [
            Needed(_("Choisissez un rôle.")),
            AnyOf([role.value for role in ROLE_NAMES], message=_("Choisissez un rôle de la liste.")),
        ],
        choices=[SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()],
        validate_choice=False,
    )
    regions = SelectMultipleField(
        _("Régions"), choices=[], widget=ListWidget(), option_widget=CheckboxInput()
    )
    is_active = BooleanField(_("Le compte est ouvert"), default=True)

    def __init__(self, *args, regions: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.regions.choices = [SelectChoice(code, name) for code, name in regions]

    def validate_regions(self, field) -> None:
        if self.role.data == Role.COORDINATOR and not field.data:
            raise ValidationError(_("Choisissez au moins une région : la personne ne verra que celles-là."))

    def to_details(self) -> AccountDetails:
        return AccountDetails(
            email=self.email.data or "",
            name=self.name.data,
            role=Role(self.role.data),
            region_codes=tuple(self.regions.data or ()),
            is_active=bool(self.is_active.data),
        )

    @staticmethod
    def filled_with(user: User) -> dict[str, object]:
        """The values of an account, for the first display."""
        return {
            "email": user.email,
            "name": user.name,
            "role": user.role.value,
            "regions": sorted(user.region_codes),
            "is_active": user.is_active,
        }
