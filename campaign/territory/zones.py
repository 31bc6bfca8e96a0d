"""The legal time of each territory, from its code (Loi sur le temps légal, RLRQ, c. T-5.1)."""

from campaign.clock import EASTERN

ATLANTIC_WITH_DAYLIGHT_TIME = "America/Halifax"
ATLANTIC_ALL_YEAR = "America/Blanc-Sablon"

ZONES = (EASTERN, ATLANTIC_WITH_DAYLIGHT_TIME, ATLANTIC_ALL_YEAR)

_ILES_DE_LA_MADELEINE = "010"
_MINGANIE = "981"
_GOLFE_DU_SAINT_LAURENT = "982"

_LISTUGUJ = "06804"
_UNAMEN_SHIPU = "98804"  # « La Romaine » in the directory: a reserve east of 63° W, outside any MRC.

_ZONE_BY_CODE = {
    "01023": ATLANTIC_WITH_DAYLIGHT_TIME,
    "01042": ATLANTIC_WITH_DAYLIGHT_TIME,
    _LISTUGUJ: ATLANTIC_WITH_DAYLIGHT_TIME,
    "98005": ATLANTIC_ALL_YEAR,
    "98010": ATLANTIC_ALL_YEAR,
    "98012": ATLANTIC_ALL_YEAR,
    "98014": ATLANTIC_ALL_YEAR,
    "98015": ATLANTIC_ALL_YEAR,
    _UNAMEN_SHIPU: ATLANTIC_ALL_YEAR,
}
_ZONE_BY_MRC = {
    _ILES_DE_LA_MADELEINE: ATLANTIC_WITH_DAYLIGHT_TIME,
    # The whole of Minganie keeps Eastern time, Anticosti and the part east of 63° W included.
    _MINGANIE: EASTERN,
    _GOLFE_DU_SAINT_LAURENT: ATLANTIC_ALL_YEAR,
}


def zone_of(geo_code: str, mrc_code: str | None = None) -> str:
    """The IANA zone of a territory; a borough (« 66023-01 ») keeps its city's, an MRC code stands for itself.

    The MRC decides for codes that a later directory may bring; the region and the longitude never do.
    """
    town, _, _ = geo_code.partition("-")
    by_code = _ZONE_BY_CODE.get(town) or _ZONE_BY_MRC.get(town)
    return by_code or _ZONE_BY_MRC.get(mrc_code or "", EASTERN)
