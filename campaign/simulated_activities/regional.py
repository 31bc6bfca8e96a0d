"""What regions and all of Québec are offered: gatherings, trainings, the launch, and private meetings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

from campaign.campaigns.week import Week
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import EventKind, Opening
from campaign.events.vocabulary import Audience, Format, OrganizerKind, Theme
from campaign.simulated_activities.organizers import ORGANIZERS

_BODY = ORGANIZERS[OrganizerKind.REGIONAL_BODY][0]


def regional(week: Week) -> Iterator[ActivityContent]:
    """A gathering and a training in some regions; the launch for all of Québec."""
    yield from _gatherings(week.start_on)
    yield from _trainings(week.start_on)
    yield _launch(week.start_on)


def _gatherings(monday: date) -> Iterator[ActivityContent]:
    for rank, region in enumerate(("01", "03", "05", "06", "11", "14", "16")):
        day = monday + timedelta(days=1 + rank % 4)
        yield ActivityContent(
            kind=EventKind.GATHERING,
            title="Grande journée régionale des tout-petits",
            description="Conférences, ateliers et dîner avec les partenaires de la région.",
            organizer_name=_BODY,
            organizer_kind=OrganizerKind.REGIONAL_BODY,
            sittings=(Sitting(day=day, starts=time(9), ends=time(16)),),
            format=(Format.IN_PERSON, Format.HYBRID)[rank % 2],
            place="Centre des congrès",
            online_url="https://example.org/journee-regionale" if rank % 2 else "",
            is_online_url_public=False,
            region_code=region,
            audiences=(Audience.EDUCATORS, Audience.ELECTED),
            themes=(Theme.RIGHTS, Theme.INCLUSION),
            registration="Les inscriptions ouvriront sous peu.",
            max_participants=120,
            contact_email="journee@example.org",
        )


def _trainings(monday: date) -> Iterator[ActivityContent]:
    for rank, region in enumerate(("04", "08", "09", "12", "17")):
        first = monday - timedelta(days=20 - rank)
        yield ActivityContent(
            kind=EventKind.TRAINING,
            title="Soutenir l’éveil au langage, une formation en deux temps",
            description="Les deux rencontres vont ensemble. Une attestation est remise à la fin.",
            organizer_name=_BODY,
            organizer_kind=OrganizerKind.REGIONAL_BODY,
            sittings=tuple(
                Sitting(day=first + timedelta(days=after), starts=time(13), ends=time(16))
                for after in (0, 49)
            ),
            format=Format.ONLINE if rank % 2 else Format.IN_PERSON,
            place="" if rank % 2 else "Salle de conférence",
            online_url="https://example.org/formation" if rank % 2 else "",
            is_online_url_public=False,
            region_code=region,
            audiences=(Audience.EDUCATORS,),
            themes=(Theme.SPEECH,),
            registration="Les inscriptions ouvriront sous peu.",
            max_participants=40,
            contact_email="formation@example.org",
        )


def _launch(monday: date) -> ActivityContent:
    return ActivityContent(
        kind=EventKind.LAUNCH,
        title="Lancement de la semaine",
        description="Dévoilement du thème et premiers chiffres. La rencontre est aussi diffusée.",
        organizer_name="Collectif petite enfance (démonstration)",
        organizer_kind=OrganizerKind.REGIONAL_BODY,
        sittings=(Sitting(day=monday - timedelta(days=6), starts=time(10), ends=time(11)),),
        format=Format.HYBRID,
        place="Hôtel de ville",
        online_url="https://example.org/lancement",
        geo_code="23027",
        audiences=(Audience.ELECTED, Audience.EDUCATORS),
        contact_email="bonjour@example.org",
    )


def committees(week: Week) -> Iterator[ActivityContent]:
    """Two meetings of an organizing committee, which no public page may show."""
    for region, before, starts in (("03", 54, time(13, 30)), ("16", 33, time(9, 30))):
        day = week.start_on - timedelta(days=before)
        yield ActivityContent(
            kind=EventKind.MEETING,
            title="Rencontre du comité organisateur régional",
            description="Suivi du programme et partage des tâches.",
            organizer_name=_BODY,
            organizer_kind=OrganizerKind.REGIONAL_BODY,
            sittings=(Sitting(day=day, starts=starts, ends=time(starts.hour + 2)),),
            format=Format.ONLINE,
            online_url="https://example.org/comite",
            is_online_url_public=False,
            region_code=region,
            is_private=True,
            opening=Opening.INVITATION,
        )
