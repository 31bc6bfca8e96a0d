"""What people fill in after an event: the questionnaire."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from campaign.checkin.surveys import SurveyAnswers
from campaign.i18n import _
from campaign.web.forms import Needed, PageForm
from campaign.web.typed import printable

LONGEST = 2000

SCORE_WORDS = {
    5: _("5 – Tout à fait"),
    4: _("4 – Plutôt"),
    3: _("3 – Moyennement"),
    2: _("2 – Peu"),
    1: _("1 – Pas du tout"),
}
"""How well it answered what people came for."""


def _text(label: str) -> TextAreaField:
    too_long = _("Ce texte est trop long : %(max)d caractères au plus.", max=LONGEST)
    return TextAreaField(label, validators=[Length(max=LONGEST, message=too_long)])


CHOOSE = _("Choisissez une réponse, de 5 à 1.")


class SurveyForm(PageForm):
    """Three questions; only the first one must be answered."""

    score = RadioField(
        _("Cet événement a-t-il répondu à vos attentes?"),
        choices=[SelectChoice(str(score), words) for score, words in SCORE_WORDS.items()],
        validators=[Needed(CHOOSE)],
        validate_choice=False,  # a form of another time says it in our words, below
    )
    liked = _text(_("Qu’avez-vous aimé?"))
    improve = _text(_("Que devrait-on améliorer?"))

    def validate_score(self, field: RadioField) -> None:
        if field.data not in [str(score) for score in SCORE_WORDS]:
            raise ValidationError(CHOOSE)

    def to_answers(self) -> SurveyAnswers:
        """What was said, as it may be read."""
        return SurveyAnswers(
            score=int(self.score.data),
            liked=printable(self.liked.data or "").strip(),
            improve=printable(self.improve.data or "").strip(),
        )
