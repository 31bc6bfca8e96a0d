"""A territory's name in a French sentence: « d’Hébertville », « aux Escoumins », « la Ville de Varennes ».

The rules are those of the Commission de toponymie. A name that escapes them is told by `de_form` and `a_form`
of the territory, which callers pass along.
"""

from campaign.territory.names import fold, typographic

_VOWELS = "aeiou"

# An initial h is aspirate in most of our names, English ones first: « de Hudson », « de Havre-Saint-Pierre ».
_MUTE_H = ("hebert", "henry", "heroux", "hubert", "huberdeau", "hemon", "hippolyte", "honore", "hyacinthe")

# Written with a vowel, said with a consonant: « de Uashat » (as « de Ouagadougou »).
_SAID_WITH_A_CONSONANT = ("uashat",)

# A family name keeps its article: « l’ancienne ville de Le Gardeur ».
_FAMILY_NAMES = ("le gardeur",)


def with_de(name: str, de_form: str | None = None) -> str:
    """« d’Hébertville », « de Varennes », « des Méchins », « du Bic », « de La Malbaie », or the override."""
    if de_form:
        return typographic(de_form)
    name = typographic(name)
    contracted = _contracted(name, masculine="du", plural="des")
    if contracted:
        return contracted
    return f"d’{name}" if elides(name) else f"de {name}"


def with_a(name: str, a_form: str | None = None) -> str:
    """« à La Malbaie », « aux Escoumins », « au Bic »; the override wins."""
    if a_form:
        return typographic(a_form)
    name = typographic(name)
    return _contracted(name, masculine="au", plural="aux") or f"à {name}"


def elides(name: str) -> bool:
    """« de » becomes « d’ » in front of this name: it begins with a vowel sound or a mute h."""
    plain = fold(typographic(name))
    if plain.startswith(_SAID_WITH_A_CONSONANT):
        return False
    if plain.startswith("h"):
        return plain.startswith(_MUTE_H)
    if plain.startswith("y"):
        return len(plain) > 1 and plain[1].isalpha() and plain[1] not in _VOWELS
    return plain.startswith(tuple(_VOWELS))


def _contracted(name: str, *, masculine: str, plural: str) -> str | None:
    if fold(name) in _FAMILY_NAMES:
        return None
    article, _, rest = name.partition(" ")
    if not rest:
        return None
    contractions = {"Le": masculine, "Les": plural, "Des": plural}
    return f"{contractions[article]} {rest}" if article in contractions else None


# The federal law's word for a reserve names land, not the people who govern it.
_LEGAL_DESIGNATIONS = {"Réserve indienne": "Communauté"}

_ARTICLES = {
    "Arrondissement": ("l’", "de l’"),
    "Canton": ("le ", "du "),
    "Cantons unis": ("les ", "des "),
    "Gouvernement régional": ("le ", "du "),
    "Territoire non organisé": ("le ", "du "),
    "Village": ("le ", "du "),
    "Village cri": ("le ", "du "),
    "Village naskapi": ("le ", "du "),
    "Village nordique": ("le ", "du "),
}
_FEMININE = ("la ", "de la ")


def legal_name(designation_name: str, name: str, de_form: str | None = None) -> str:
    """The legal person, with its capital: « Municipalité d’Hébertville », « Canton de Hatley »."""
    designation = _LEGAL_DESIGNATIONS.get(designation_name, designation_name)
    return f"{designation} {with_de(name, de_form)}" if designation else typographic(name)


def legal_name_with_article(designation_name: str, name: str, de_form: str | None = None) -> str:
    """« la Ville de Varennes », « le Canton de Hatley », « l’Arrondissement de Verdun »."""
    article, _ = _ARTICLES.get(designation_name, _FEMININE)
    return (
        f"{article}{legal_name(designation_name, name, de_form)}" if designation_name else typographic(name)
    )


def legal_name_with_de(designation_name: str, name: str, de_form: str | None = None) -> str:
    """« de la Ville de Varennes », « du Canton de Hatley », « de l’Arrondissement de Verdun »."""
    _, article = _ARTICLES.get(designation_name, _FEMININE)
    full = legal_name(designation_name, name, de_form)
    return f"{article}{full}" if designation_name else with_de(name, de_form)


_REGIONS = {
    "Bas-Saint-Laurent": ("du Bas-Saint-Laurent", "dans le Bas-Saint-Laurent"),
    "Saguenay–Lac-Saint-Jean": ("du Saguenay–Lac-Saint-Jean", "au Saguenay–Lac-Saint-Jean"),
    "Capitale-Nationale": ("de la Capitale-Nationale", "dans la Capitale-Nationale"),
    "Mauricie": ("de la Mauricie", "en Mauricie"),
    "Estrie": ("de l’Estrie", "en Estrie"),
    "Montréal": ("de Montréal", "à Montréal"),
    "Outaouais": ("de l’Outaouais", "en Outaouais"),
    "Abitibi-Témiscamingue": ("de l’Abitibi-Témiscamingue", "en Abitibi-Témiscamingue"),
    "Côte-Nord": ("de la Côte-Nord", "sur la Côte-Nord"),
    "Nord-du-Québec": ("du Nord-du-Québec", "dans le Nord-du-Québec"),
    "Gaspésie–Îles-de-la-Madeleine": (
        "de la Gaspésie–Îles-de-la-Madeleine",
        "en Gaspésie–Îles-de-la-Madeleine",
    ),
    "Chaudière-Appalaches": ("de la Chaudière-Appalaches", "en Chaudière-Appalaches"),
    "Laval": ("de Laval", "à Laval"),
    "Lanaudière": ("de Lanaudière", "dans Lanaudière"),
    "Laurentides": ("des Laurentides", "dans les Laurentides"),
    "Montérégie": ("de la Montérégie", "en Montérégie"),
    "Centre-du-Québec": ("du Centre-du-Québec", "dans le Centre-du-Québec"),
}


def region_with_de(name: str) -> str:
    """« du Bas-Saint-Laurent », « de l’Estrie », « des Laurentides »."""
    forms = _REGIONS.get(name)
    return forms[0] if forms else with_de(name)


def region_with_in(name: str) -> str:
    """« dans le Bas-Saint-Laurent », « en Estrie », « sur la Côte-Nord »."""
    forms = _REGIONS.get(name)
    return forms[1] if forms else with_a(name)
