"""The e-mails to members whose turn has come: once, and only while it makes sense."""

from datetime import timedelta

import pytest
from django.core import mail

from points.services.mailing import Fate
from rewards.models import RewardWatch
from rewards.services.catalogue import update_reward
from rewards.services.redemptions import redeem_reward
from rewards.services.watch_mails import mail_watchers
from rewards.services.watches import tell_watchers, watch_reward
from rewards.tasks import mail_who_was_told, tell_who_waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(make_reward):
    return make_reward("Tea & <cake>", quantity=0)


@pytest.fixture
def mia(make_member, tea, now):
    mia = make_member("mia", points=50)
    watch_reward(member=mia, reward_id=tea.pk, now=now)
    return mia


def put_back(reward, quantity, now):
    update_reward(reward_id=reward.pk, fields={"quantity": quantity}, now=now)


def test_who_was_told_is_written_to_once(mia, tea, now):
    put_back(tea, 1, now)
    list(tell_watchers(now=now))

    assert mail_watchers(now=now) == {Fate.SENT: 1}
    assert mail_watchers(now=now) == {}

    [sent] = mail.outbox
    watch = RewardWatch.objects.get()
    assert (sent.to, sent.subject) == (["mia@example.com"], "Tea & <cake> is back")
    assert sent.extra_headers["Message-ID"] == f"<reward-available-{watch.pk}@localhost>"
    assert "one Tea & <cake> again, for 50 points" in sent.body
    assert "not set aside" in sent.body
    html = sent.alternatives[0][0]  # type: ignore[attr-defined]
    assert "Tea &amp; &lt;cake&gt;" in html
    assert "http://" not in html.replace("http://localhost:8000", "")
    assert watch.mailed_at == now


def test_the_task_tells_and_writes_at_once(mia, tea, now):
    put_back(tea, 1, now)

    tell_who_waits()
    tell_who_waits()

    assert len(mail.outbox) == 1


def test_nobody_is_written_to_of_what_is_gone_again(mia, tea, make_member, now):
    put_back(tea, 1, now)
    list(tell_watchers(now=now))
    redeem_reward(member=make_member("eve", points=50), reward_id=tea.pk, now=now)
    put_back(tea, 1, now)

    assert mail_watchers(now=now) == {}


def test_nobody_is_written_to_who_has_redeemed_or_whose_turn_is_over(mia, tea, make_member, now):
    put_back(tea, None, now)
    watch = RewardWatch.objects.get()
    list(tell_watchers(now=now))

    assert mail_watchers(now=now + timedelta(hours=24)) == {}
    redeem_reward(member=mia, reward_id=tea.pk, now=now)
    assert mail_watchers(now=now) == {}
    watch.refresh_from_db()
    assert watch.mailed_at is None


def test_a_mail_server_that_is_away_is_tried_again(mia, tea, now, settings, caplog):
    put_back(tea, 1, now)
    list(tell_watchers(now=now))
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    mail_who_was_told()

    assert "E-mails wait for the next sweep" in caplog.text
    settings.EMAIL_BACKEND = good
    mail_who_was_told()
    assert len(mail.outbox) == 1


def test_production_without_a_mail_server_keeps_e_mails(mia, tea, now, settings):
    settings.LOYALTY_SENDS_MAIL = False
    put_back(tea, 1, now)
    list(tell_watchers(now=now))

    assert mail_watchers(now=now) == {}
    assert RewardWatch.objects.get().mailed_at is None
