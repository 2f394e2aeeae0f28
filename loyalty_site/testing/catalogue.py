"""The member site's words: which there are, and their translations.

After a change of words run `python -m loyalty_site.testing.catalogue`: it brings the .po files up
to date, compiles them and names what is still to be translated. No gettext tools are needed.
"""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loyalty_site.member_site.programme_texts import CONTEXT

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "loyalty_site" / "locale"
DOMAIN = "django"
# What people read in a browser; the console's words are Django's and staff's.
TEMPLATES = ("site", "errors", "home.html", "403_csrf.html")
CODE = ("loyalty_site/member_site", "loyalty_site/demo")
# Of each file of the programme that ships, the columns whose words members read, and those that are
# no words, or samples of what staff write and search by: the rewards.
PROGRAMME = ROOT / "loyalty_site" / "programme"
PROGRAMME_WORDS: dict[str, tuple[str, ...]] = {
    "actions": ("category", "description"),
    "badges": ("name", "description", "criteria", "category", "milestone_one", "milestone_many"),
    "leaderboards": ("title", "unit"),
    "levels": ("name", "perks"),
    "metrics": ("name",),
    "options": ("name", "description"),
    "rewards": ("category",),
}
PROGRAMME_OTHERS: dict[str, tuple[str, ...]] = {
    "actions": ("code", "points", "unit_field", "once_per_member"),
    "badges": ("type", "points", "metric", "threshold"),
    "leaderboards": ("slug", "metric"),
    "levels": ("tier", "min_points"),
    "metrics": (
        *("code", "kind", "log", "sources"),
        *("distinct_field", "sum_field", "streak_unit", "decimals"),
    ),
    "options": ("type", "minimum_points", "points_per_unit", "currency"),
    "rewards": ("title", "points_required", "partner", "quantity", "description"),
}
# Of each function, which of its arguments are words.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def list_languages() -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.name for path in LOCALES.iterdir() if path.is_dir())


def collect() -> Any:
    """Return a catalogue of all words in use, without translations."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415 -- a development package

    catalogue = Catalog(project="Loyalty platform", version="1", charset="utf-8", fuzzy=False)
    catalogue.header_comment = "# Written by loyalty_site.testing.catalogue; translations are kept."
    for path, words, context in find_words():
        # Without line numbers, so that moving a line is no change of the catalogue.
        catalogue.add(words, locations=[(path, 0)], context=context)
    return catalogue


def find_words() -> Iterator[tuple[str, Any, str | None]]:
    """Yield each use of words: the file, the words (a pair with a plural) and the context."""
    from babel.messages.extract import extract  # noqa: PLC0415 -- a development package

    for path in sorted(list_sources()):
        content = read_code(path).encode()
        found = extract("python", io.BytesIO(content), keywords=KEYWORDS)
        for _line, words, _comments, context in found:
            yield path.relative_to(ROOT).as_posix(), words, context
    for name, columns in PROGRAMME_WORDS.items():
        path = PROGRAMME / f"{name}.csv"
        for row in read_programme(name):
            for text in (part for column in columns for part in row[column].split("|")):
                if text:
                    yield path.relative_to(ROOT).as_posix(), text, CONTEXT


def read_programme(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the programme that ships."""
    with (PROGRAMME / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def list_sources() -> Iterator[Path]:
    """Yield the files that may hold words."""
    for name in TEMPLATES:
        path = ROOT / "templates" / name
        yield from [path] if path.is_file() else path.rglob("*.html")
    for name in CODE:
        for path in (ROOT / name).rglob("*.py"):
            if not {"tests", "testing", "migrations"}.intersection(path.parts):
                yield path


def read_code(path: Path) -> str:
    """Return a file as Python: a template's words as calls, the rest of it blanked."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 -- when it runs

    text = path.read_text(encoding="utf-8")
    return templatize(text, origin=str(path)) if path.suffix == ".html" else text


def read_translations(language: str) -> Any:
    """Return a language's catalogue as it is written down."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 -- a development package

    with find_file(language, "po").open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def compile_translations(catalogue: Any) -> bytes:
    """Return a catalogue as Django reads it."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 -- a development package

    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def find_file(language: str, ending: str) -> Path:
    """Return where a catalogue is, as `po` for people or `mo` for Django."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


def is_translated(message: Any) -> bool:
    """Say whether nothing of a message's translation is missing or in doubt."""
    texts = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(texts) and not message.fuzzy


def bring_up_to_date(language: str) -> list[str]:
    """Write a language's files anew from the words in use; return what has no translation."""
    from babel.messages.pofile import write_po  # noqa: PLC0415 -- a development package

    known, catalogue = read_translations(language), collect()
    catalogue.locale = known.locale
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    # What would change without a word having changed.
    catalogue.creation_date, catalogue.revision_date = known.creation_date, known.revision_date
    for message in catalogue:
        translated = message.id and known.get(message.id, message.context)
        if translated:
            message.string = translated.string
    with find_file(language, "po").open("wb") as file:
        write_po(file, catalogue, omit_header=False, sort_by_file=True, width=100)
    catalogue = read_translations(language)
    find_file(language, "mo").write_bytes(compile_translations(catalogue))
    return [str(message.id) for message in catalogue if message.id and not is_translated(message)]


def main() -> int:
    """Bring every language up to date; fail when words wait for a translation."""
    missing = {language: bring_up_to_date(language) for language in list_languages()}
    for language, words in missing.items():
        for word in words:
            sys.stdout.write(f"{language}: {word}\n")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
