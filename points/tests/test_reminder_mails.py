"""The e-mails that follow reminders: after the commit, once, whatever happens on the way."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from loyalty_site.testing.storms import run_together, winners
from points.models import ExpiryReminder
from points.services.reminder_mails import mail_reminders
from points.services.reminders import remind_of_expiring_points
from points.tasks import mail_unsent_reminders
from points.tests.books import close_account, earn

# What is earned at NOW and lives for 30 days lapses at this instant.
END = datetime(2026, 4, 10, tzinfo=UTC)
WEEK_BEFORE = END - timedelta(days=7) + timedelta(hours=9)


class Postbox(EmailBackend):
    """A mail server that answers some addresses with an error."""

    answers: ClassVar[dict[str, Exception]] = {}
    tried: ClassVar[list[str]] = []
    after_sending: ClassVar[BaseException | None] = None

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            self.tried.extend(message.to)
            if message.to[0] in self.answers:
                raise self.answers[message.to[0]]
        sent = super().send_messages(messages)
        if self.after_sending:
            raise self.after_sending
        return sent


@pytest.fixture
def postbox(settings, monkeypatch):
    settings.EMAIL_BACKEND = "points.tests.test_reminder_mails.Postbox"
    monkeypatch.setattr(Postbox, "answers", {})
    monkeypatch.setattr(Postbox, "tried", [])
    monkeypatch.setattr(Postbox, "after_sending", None)
    return Postbox


def remind(*people, now=WEEK_BEFORE, points=15, days=30):
    for person in people:
        earn(person, points, days=days)
    list(remind_of_expiring_points(now=now))


def send(now=WEEK_BEFORE):
    done = mail_reminders(now=now)
    return done.sent, done.refused, done.deferred


def recipients():
    return [address for message in mail.outbox for address in message.to]


def test_the_mail_says_how_much_lapses_and_until_when(make_member, settings):
    settings.FRONTEND_URL = "https://shop.example"
    remind(make_member("mia", name="Mia & Co"), points=1_250)

    assert send() == (1, 0, 0)

    message: Any = mail.outbox[0]
    assert message.to == ["mia@example.com"]
    assert message.subject == "1,250 points will lapse soon"
    assert "Hello Mia & Co," in message.body
    assert "- 1,250 points until the end of Thursday, 9 April 2026\n" in message.body
    assert "(times of UTC)" in message.body
    assert "https://shop.example" in message.body
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert "Hello Mia &amp; Co," in html
    assert "<strong>1,250 points</strong> until the end of Thursday, 9 April 2026" in html
    assert 'href="https://shop.example"' in html


def test_one_point_is_one_point(member):
    remind(member, points=1)

    send()

    assert "- 1 point until" in mail.outbox[0].body


def test_an_instant_within_a_day_is_told_with_its_time(member, settings):
    settings.LOYALTY_TIME_ZONE = "America/Los_Angeles"
    earn(member, 15, days=30)
    settings.LOYALTY_TIME_ZONE = "Europe/Berlin"
    remind()

    send()

    assert "until 09:00 on Friday, 10 April 2026" in mail.outbox[0].body
    assert "(times of Europe/Berlin)" in mail.outbox[0].body


def test_a_mail_is_sent_once(member):
    remind(member)

    assert [send(), send()] == [(1, 0, 0), (0, 0, 0)]
    assert ExpiryReminder.objects.get().mailed_at == WEEK_BEFORE


def test_a_member_gets_one_mail_about_all_that_is_unsent(member):
    earn(member, 10, days=29)
    remind(member)

    assert send() == (1, 0, 0)

    [message] = mail.outbox
    assert message.subject == "25 points will lapse soon"
    assert message.body.index("- 10 points") < message.body.index("- 15 points")
    assert not ExpiryReminder.objects.filter(mailed_at=None).exists()


def test_of_one_lapse_date_only_the_nearest_reminder_is_told(member):
    remind(member, now=END - timedelta(days=30))
    earn(member, 5, days=30)
    remind()

    send()

    assert mail.outbox[0].subject == "20 points will lapse soon"
    assert not ExpiryReminder.objects.filter(mailed_at=None).exists()


def test_who_has_no_address_or_is_gone_is_skipped(make_member):
    nameless, inactive = make_member("nameless", email=None), make_member("inactive")
    closed, there = make_member("closed"), make_member("there")
    remind(nameless, inactive, closed, there)
    type(there).objects.filter(pk=inactive.pk).update(is_active=False)
    close_account(closed)

    assert send() == (1, 0, 0)
    assert recipients() == ["there@example.com"]


def test_what_has_lapsed_meanwhile_is_not_mailed(member):
    remind(member)

    assert send(now=END) == (0, 0, 0)
    assert send(now=END - timedelta(microseconds=1)) == (1, 0, 0)


def test_without_a_mail_server_nothing_counts_as_sent(member, settings):
    remind(member)
    settings.LOYALTY_SENDS_MAIL = False
    assert send() == (0, 0, 0)

    settings.LOYALTY_SENDS_MAIL = True
    assert send() == (1, 0, 0)


REFUSED = smtplib.SMTPRecipientsRefused({"mia@example.com": (550, b"no such user")})
LATER = smtplib.SMTPRecipientsRefused({"mia@example.com": (450, b"come back later")})


@pytest.mark.parametrize(
    "answer", [REFUSED, smtplib.SMTPDataError(554, b"rejected"), ValueError("bad address")]
)
def test_an_address_that_is_refused_is_given_up_and_stops_nobody_else(make_member, postbox, answer):
    remind(make_member("mia"), make_member("noa"))
    postbox.answers["mia@example.com"] = answer

    assert [send(), send()] == [(1, 1, 0), (0, 0, 0)]

    assert postbox.tried == ["mia@example.com", "noa@example.com"]
    assert ExpiryReminder.objects.get(account__member__public_id="mia").mail_refused_at


@pytest.mark.parametrize("answer", [LATER, smtplib.SMTPDataError(451, b"try again")])
def test_an_address_that_is_put_off_is_tried_again(make_member, postbox, answer):
    remind(make_member("mia"), make_member("noa"))
    postbox.answers["mia@example.com"] = answer
    assert send() == (1, 0, 1)

    postbox.answers.clear()
    assert send() == (1, 0, 0)
    assert recipients() == ["noa@example.com", "mia@example.com"]


def test_a_server_that_ails_ends_the_sweep_and_the_next_one_does_the_rest(make_member, postbox):
    remind(make_member("mia"), make_member("noa"), make_member("leo"))
    postbox.answers["noa@example.com"] = smtplib.SMTPServerDisconnected("gone")

    with pytest.raises(OSError, match="gone"):
        send()
    assert recipients() == ["mia@example.com"]

    postbox.answers.clear()
    assert send() == (2, 0, 0)
    assert recipients() == ["mia@example.com", "noa@example.com", "leo@example.com"]


def test_the_task_leaves_what_a_server_that_ails_did_not_take(member, postbox, now):
    earn(member, 10, days=5, now=now)
    remind(now=now)
    postbox.answers["mia@example.com"] = ConnectionRefusedError("nobody listens")
    mail_unsent_reminders()
    assert ExpiryReminder.objects.get().mailed_at is None

    postbox.answers.clear()
    mail_unsent_reminders()
    assert recipients() == ["mia@example.com"]


@pytest.mark.django_db(transaction=True)
def test_a_crash_after_the_server_took_a_mail_sends_it_again_with_the_same_id(member, postbox):
    remind(member)
    postbox.after_sending = SystemExit("killed")
    with pytest.raises(SystemExit):
        send()
    assert ExpiryReminder.objects.get().mailed_at is None

    postbox.after_sending = None
    assert send() == (1, 0, 0)
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


@pytest.mark.parametrize("count", [1, 3])
def test_four_queries_a_mail_and_two_a_sweep(make_member, count, django_assert_num_queries):
    remind(*[make_member() for _ in range(count)])

    # Who is unsent, then savepoint, lock, mark and release for each, then who is left.
    with django_assert_num_queries(2 + 4 * count):
        assert send() == (count, 0, 0)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_mail_everybody_once(make_member):
    people = [make_member() for _ in range(12)]
    remind(*people)

    def sweep(_):
        mail.outbox = []
        send()
        return recipients()

    results = run_together(4, sweep)

    assert len(winners(results)) == 4
    assert sorted(address for sent in results for address in sent) == sorted(
        person.email for person in people
    )
