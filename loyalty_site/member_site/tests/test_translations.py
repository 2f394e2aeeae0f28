"""The member site speaks its readers' languages, all of it."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from loyalty_site.testing.catalogue import (
    collect,
    compile_translations,
    find_file,
    is_translated,
    list_languages,
    read_translations,
)

LANGUAGES = list_languages()
# %(name)s of Python, {name} of the scripts; %% stands for itself.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{[\w.|]+\}|%%")
HINT = "run python -m loyalty_site.testing.catalogue"


def texts_of(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_every_language_but_the_first_has_a_catalogue():
    assert {code for code, _ in settings.LANGUAGES} == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_in_use_is_translated_and_no_other(language):
    translations = read_translations(language)
    known = {(message.id, message.context) for message in translations if is_translated(message)}
    used = {(message.id, message.context) for message in collect() if message.id}
    assert used - known == set(), HINT
    assert {word for word in known if word[0]} - used == set(), HINT


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_for_something_else_stands_in_each_translation(language):
    wrong = []
    for message in read_translations(language):
        words = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(PLACEHOLDER.findall(words[-1]))
        for number, text in enumerate(texts_of(message) if message.id else ()):
            found = set(PLACEHOLDER.findall(text))
            # One of something may be written out: "once a day".
            fits = found <= wanted if number == 0 and len(words) > 1 else found == wanted
            if not fits:
                wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_django_reads_is_what_people_wrote(language):
    compiled = compile_translations(read_translations(language))
    assert find_file(language, "mo").read_bytes() == compiled, HINT


@pytest.mark.django_db
def test_a_german_page_writes_words_numbers_and_dates_in_german(client, programme, make_member):
    client.force_login(make_member("mia", points=1_234, name="Mia"))
    page = client.get("/dashboard", HTTP_ACCEPT_LANGUAGE="de-CH,de;q=0.9,en;q=0.5").text
    assert '<html lang="de" dir="ltr"' in page
    for text in ("Hallo, Mia", "1.234", "Deine Punkte", "Verdient", "Überblick"):
        assert text in page
    page = client.get("/dashboard/points/transactions", HTTP_ACCEPT_LANGUAGE="de").text
    assert re.search(r"\d\d?\. \w+ \d{4} \d\d:\d\d", page)
    assert "1 Buchung<" in page.replace("\n", "")


@pytest.mark.django_db
def test_the_switch_holds_and_leads_back_to_this_site_only(client):
    answer = client.post("/language", {"language": "de", "next": "/login?ref=X"})
    assert answer["Location"] == "/login?ref=X"
    assert "<h1>Anmelden</h1>" in client.get("/login", HTTP_ACCEPT_LANGUAGE="en").text
    away = client.post("/language", {"language": "en", "next": "https://evil.example/"})
    assert away["Location"] == "/"
    assert "<h1>Sign in</h1>" in client.get("/login").text


def test_a_language_from_right_to_left_turns_the_page():
    with translation.override("ar"):
        page = render_to_string("site/base.html", {"request": RequestFactory().get("/")})
    assert '<html lang="ar" dir="rtl"' in page
