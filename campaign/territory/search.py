"""Finding a territory as people type its name: an index in memory, and the order in which answers come."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from campaign.territory import queries
from campaign.territory.grammar import with_de
from campaign.territory.models import AliasKind, Territory, TerritoryAlias, TerritoryKind
from campaign.territory.names import label_for, search_key, search_words, without_article, without_designation

SHORTEST_QUERY = 2
SHORTEST_INSIDE = 3
SHORTEST_MISTYPED = 5
LONGEST_QUERY = 80
DEFAULT_LIMIT = 10


class Standing(IntEnum):
    """Who answers first under the same name: a municipality or a community, a past name, then the rest."""

    PLACE = 0
    ALIAS = 1
    OTHER = 2


class Match(IntEnum):
    """How well a name answers, best first."""

    EXACT = 0
    PREFIX = 1
    ANOTHER_ARTICLE = 2
    WORD = 3
    INSIDE = 4
    CONTEXT = 5
    MISTYPED = 6


# « saint antoine » shows the three Saint-Antoine-… before the former town of that name; a past name typed
# whole (« Chicoutimi ») comes before the names that merely contain it.
_ORDER = (
    (Match.EXACT, Standing.PLACE),
    (Match.PREFIX, Standing.PLACE),
    (Match.EXACT, Standing.ALIAS),
    (Match.EXACT, Standing.OTHER),
    (Match.ANOTHER_ARTICLE, Standing.PLACE),
    (Match.PREFIX, Standing.ALIAS),
    (Match.PREFIX, Standing.OTHER),
    (Match.ANOTHER_ARTICLE, Standing.ALIAS),
    (Match.ANOTHER_ARTICLE, Standing.OTHER),
    *((match, standing) for match in Match if match >= Match.WORD for standing in Standing),
)
_RANKS = {pair: rank for rank, pair in enumerate(_ORDER)}
_AFTER_ANY_TEXT = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class SearchName:
    """One name under which a territory is found."""

    geo_code: str
    text: str
    """The words that are searched: the territory's name or one of its aliases."""
    title: str
    """The territory's own name."""
    label: str
    sort_key: str
    standing: Standing
    context: str = ""
    """What may be typed besides the name to tell homonyms apart: designation, MRC, region, city."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A territory to choose, with a label that cannot be taken for its homonym's."""

    geo_code: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best answers, and how many there are in all."""

    suggestions: Sequence[Suggestion] = ()
    total: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _Start:
    """A text that begins at a word of a name; the whole name when `is_whole`."""

    text: str
    position: int = field(compare=False)
    is_whole: bool = field(compare=False)


class SearchIndex:
    """All names, prepared once: each question is then a few binary searches."""

    def __init__(self, names: Iterable[SearchName]) -> None:
        self._names = sorted(names, key=lambda name: (name.sort_key, name.geo_code, name.text))
        self._starts = sorted(
            start for position, name in enumerate(self._names) for start in _starts(name.text, position)
        )
        self._start_texts = [start.text for start in self._starts]
        self._words = sorted(
            {
                (word, position)
                for position, name in enumerate(self._names)
                for word in search_words(f"{name.text} {name.context}").split()
            }
        )
        keys = [search_words(name.text) for name in self._names]
        self._text = "\n".join(keys)
        self._offsets: list[int] = []
        offset = 0
        for key in keys:
            self._offsets.append(offset)
            offset += len(key) + 1
        self._texts_by_position: list[list[str]] = [[] for _ in self._names]
        for start in self._starts:
            self._texts_by_position[start.position].append(start.text)

    def __len__(self) -> int:
        return len(self._names)

    def search(self, query: str, limit: int = DEFAULT_LIMIT) -> SearchResult:
        """The territories whose name answers best; nothing for less than two letters."""
        words = without_designation(search_words(query[:LONGEST_QUERY]))
        if len(words) < SHORTEST_QUERY:
            return SearchResult()
        best: dict[int, int] = {}
        for position, match in self._matches(words):
            rank = _RANKS[match, self._names[position].standing]
            if rank < best.get(position, len(_RANKS)):
                best[position] = rank
        return self._answer(best, limit)

    def _answer(self, best: dict[int, int], limit: int) -> SearchResult:
        chosen: dict[str, SearchName] = {}
        for position, _ in sorted(best.items(), key=lambda item: (item[1], item[0])):
            name = self._names[position]
            chosen.setdefault(name.geo_code, name)
        suggestions = [
            Suggestion(geo_code=name.geo_code, name=name.title, label=name.label)
            for name in list(chosen.values())[:limit]
        ]
        return SearchResult(suggestions=suggestions, total=len(chosen))

    def _matches(self, words: str) -> Iterator[tuple[int, Match]]:
        """Every name that answers; costlier and vaguer ways are tried when the plain ones give nothing."""
        found = list(self._by_start(words))
        if len(words) >= SHORTEST_INSIDE:
            found.extend((position, Match.INSIDE) for position in self._inside(words))
        found = found or list(self._by_start(words.replace(" ", "")))
        found = found or [(position, Match.CONTEXT) for position in self._by_words(words.split())]
        if not found and len(words) >= SHORTEST_MISTYPED:
            found = [(position, Match.MISTYPED) for position in self._mistyped(words)]
        yield from found

    def _by_start(self, words: str) -> Iterator[tuple[int, Match]]:
        for start in self._starting_with(words):
            if not start.is_whole:
                yield start.position, Match.WORD
            else:
                yield start.position, Match.EXACT if start.text == words else Match.PREFIX
        bare = without_article(words)
        if bare != words and len(bare) >= SHORTEST_QUERY:
            for start in self._starting_with(bare):
                yield start.position, Match.ANOTHER_ARTICLE if start.is_whole else Match.WORD

    def _starting_with(self, prefix: str) -> list[_Start]:
        first = bisect_left(self._start_texts, prefix)
        last = bisect_left(self._start_texts, prefix + _AFTER_ANY_TEXT, lo=first)
        return self._starts[first:last]

    def _inside(self, part: str) -> Iterator[int]:
        at = self._text.find(part)
        while at >= 0:
            yield bisect_left(self._offsets, at + 1) - 1
            at = self._text.find(part, at + 1)

    def _by_words(self, words: Sequence[str]) -> set[int]:
        """Names in which, their designation and MRC included, each word typed begins some word."""
        answers: set[int] | None = None
        for word in words:
            first = bisect_left(self._words, (word, -1))
            last = bisect_left(self._words, (word + _AFTER_ANY_TEXT, -1), lo=first)
            having = {position for _, position in self._words[first:last]}
            answers = having if answers is None else answers & having
            if not answers:
                break
        return answers or set()

    def _mistyped(self, words: str) -> set[int]:
        """Names with a beginning one slip of the finger away. One of the two halves typed is then intact."""
        middle = len(words) // 2
        likely = {start.position for start in self._starting_with(words[: middle - 1])}
        likely.update(self._inside(words[middle:]))
        return {
            position
            for position in likely
            if any(begins_within_one_edit(text, words) for text in self._texts_by_position[position])
        }


def _starts(text: str, position: int) -> Iterator[_Start]:
    whole = search_words(text)
    bare = without_article(whole)
    for key in {whole, bare}:
        yield _Start(key, position, is_whole=True)
        if " " in key:
            yield _Start(key.replace(" ", ""), position, is_whole=True)
    words = bare.split(" ")
    for index in range(1, len(words)):
        yield _Start(" ".join(words[index:]), position, is_whole=False)


def begins_within_one_edit(text: str, typed: str) -> bool:
    """Some beginning of the text is what was typed but for one letter: wrong, missing, extra, or swapped."""
    at = next((index for index in range(len(typed)) if text[index : index + 1] != typed[index]), None)
    if at is None:
        return True
    is_wrong = text.startswith(typed[at + 1 :], at + 1)
    is_missing = text.startswith(typed[at:], at + 1)
    is_extra = text.startswith(typed[at + 1 :], at)
    is_swapped = typed[at : at + 2][::-1] == text[at : at + 2] and text.startswith(typed[at + 2 :], at + 2)
    return is_wrong or is_missing or is_extra or is_swapped


_PLACES = {TerritoryKind.MUNICIPALITY, TerritoryKind.NORTHERN, TerritoryKind.COMMUNITY}
_UNNAMED = search_key("Toponyme à venir")
_ALIAS_WORDS = {
    AliasKind.SECTOR: "secteur {de}",
    AliasKind.FORMER: "ancienne municipalité {de}",
    AliasKind.PAST_NAME: "autrefois {name}",
}


def search_names(territories: Iterable[Territory], aliases: Iterable[TerritoryAlias]) -> Iterator[SearchName]:
    """Every name to search: present territories, then their aliases. Relationships are loaded beforehand."""
    present = {}
    for territory in territories:
        if territory.valid_to is None and search_key(territory.name) != _UNNAMED:
            present[territory.id] = territory
            yield _name_of(territory)
    for alias in aliases:
        if alias.territory_id in present:
            yield _name_of_alias(alias, present[alias.territory_id])


def _name_of(territory: Territory) -> SearchName:
    return SearchName(
        geo_code=territory.geo_code,
        text=territory.name,
        title=territory.name,
        label=label_for(territory),
        sort_key=territory.sort_key,
        standing=Standing.PLACE if territory.kind in _PLACES else Standing.OTHER,
        context=_context_of(territory),
    )


def _context_of(territory: Territory) -> str:
    around = (territory.mrc, territory.region, territory.parent)
    return " ".join([territory.designation_name, *(place.name for place in around if place)])


def _name_of_alias(alias: TerritoryAlias, territory: Territory) -> SearchName:
    told = _ALIAS_WORDS[alias.kind].format(de=with_de(alias.name), name=alias.name)
    return SearchName(
        geo_code=territory.geo_code,
        text=alias.name,
        title=territory.name,
        label=f"{label_for(territory)}, {told}",
        sort_key=territory.sort_key,
        standing=Standing.ALIAS,
        context=_context_of(territory),
    )


_indexes: dict[int, SearchIndex] = {}


def search(query: str, limit: int = DEFAULT_LIMIT) -> SearchResult:
    """Territories that answer what was typed, best first, among those that exist today."""
    return current_index().search(query, limit)


def current_index() -> SearchIndex:
    """The index of the directory as it is in the database; made again when the directory's stamp changes."""
    stamp = queries.find_directory_stamp()
    if stamp is None:
        return SearchIndex(search_names(queries.list_named(), queries.list_aliases()))
    index = _indexes.get(stamp)
    if index is None:
        index = SearchIndex(search_names(queries.list_named(), queries.list_aliases()))
        _indexes.clear()
        _indexes[stamp] = index
    return index


def stamp_of(names: Iterable[SearchName]) -> int:
    """A number that is the same for the same names, in any database: what the cached index answers for."""
    told = sorted((name.geo_code, name.text, name.label, name.sort_key) for name in names)
    return zlib.crc32(repr(told).encode()) & 0x7FFFFFFF
