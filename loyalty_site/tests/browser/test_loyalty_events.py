"""The module for live events: what it does with each thing a server can say."""

import json

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

START = """
async (options) => {
  const { connect } = await import("/static/site/loyalty-events.js");
  window.asked = [];
  window.told = [];
  window.heard = [];
  const getToken = ({ isRenewal }) => {
    asked.push(isRenewal);
    const next = options.token ?? `token-${asked.length}`;
    const token = options.tokens ? options.tokens.shift() : next;
    if (token === "throw") throw new Error("away");
    return token;
  };
  const storage = window[options.storage];
  window.events = connect({ waitSecondsMax: 0.02, ...options, getToken, storage });
  events.on("status", ({ state, code, retrySeconds }) => {
    told.push([state, code, retrySeconds === null]);
  });
  events.onAny(({ event, seq, id }) => heard.push([event, seq ?? id]));
}
"""


class Server:
    """Plays the server's part of each connection by a script of its own."""

    def __init__(self, page, *scripts):
        self.scripts = list(scripts)
        self.addresses = []
        self.socket = None
        page.route_web_socket("**/ws/**", self.serve)

    def serve(self, socket):
        self.addresses.append(socket.url.partition("/ws/")[2])
        self.socket = socket
        script = self.scripts.pop(0) if self.scripts else ["pong 0"]
        # What a client sends first is its ping.
        socket.on_message(lambda _: self.play(socket, script))

    def play(self, socket, script):
        while script:
            word, _, argument = script.pop(0).partition(" ")
            if word == "close":
                socket.close(code=int(argument))
            elif word == "pong":
                send(socket, "pong", {"lastSeq": int(argument)})
            elif word == "gone":
                first, last = map(int, argument.split("-"))
                send(socket, "resync", {"fromSeq": first, "toSeq": last})
            elif word == "staff":
                send(socket, "redemption-requested", {}, event_id=argument)
            else:
                send(socket, word, {}, seq=int(argument), event_id=f"id-{argument}")


def send(socket, event, data, *, seq=None, event_id=None):
    at = "2026-01-31T10:00:00.000Z"
    frame = {"event": event, "data": data, "seq": seq, "id": event_id, "at": at}
    socket.send(json.dumps(frame))


@pytest.fixture
def start(open_page):
    """Return a function that connects to a server with such scripts: its page and the server."""

    def connect(*scripts, **options):
        page = open_page()
        server = Server(page, *scripts)
        page.goto("/health")
        page.evaluate(START, options)
        return page, server

    return connect


def wait_for(page, state, count=1):
    page.wait_for_function(
        "([state, count]) => told.filter(([each]) => each === state).length >= count",
        arg=[state, count],
    )


def test_after_a_loss_it_goes_on_where_it_was_and_hands_nothing_on_twice(start):
    page, server = start(
        ["pong 4", "level-up 5", "level-up 5", "staff a", "close 1012"],
        ["level-up 5", "badge-earned 6", "staff a", "staff b", "pong 6"],
    )
    wait_for(page, "open", 2)

    assert server.addresses == ["", "?lastSeq=5"]
    assert page.evaluate("heard") == [
        ["level-up", 5],
        ["redemption-requested", "a"],
        ["badge-earned", 6],
        ["redemption-requested", "b"],
    ]
    assert page.evaluate("told.map(([state, code]) => `${state} ${code}`)") == [
        "connecting null",
        "open null",
        "closed 1012",
        "connecting null",
        "open null",
    ]


def test_what_came_before_the_first_event_is_known_too(start):
    page, server = start(["pong 4", "close 1006"], ["pong 4"])
    wait_for(page, "open", 2)

    assert server.addresses == ["", "?lastSeq=4"]


def test_a_token_that_has_expired_is_renewed_once_and_then_refused(start):
    page, server = start(["pong 1", "close 4401"], ["pong 1", "close 4401"], ["close 4401"])
    wait_for(page, "refused")

    assert page.evaluate("asked") == [False, True, True]
    page.evaluate("events.retry()")
    wait_for(page, "open", 3)
    assert page.evaluate("asked") == [False, True, True, False]
    assert len(server.addresses) == 4


def test_what_another_try_cannot_mend_is_not_tried_again(start):
    page, server = start(["close 4400"], ["close 4403"], ["close 4404"])
    for code in (4400, 4403, 4404):
        wait_for(page, "refused")
        page.wait_for_timeout(50)
        assert page.evaluate("told.at(-1)") == ["refused", code, True]
        if code != 4404:
            page.evaluate(START, {})
    assert len(server.addresses) == 3


def test_without_a_token_there_is_no_connection(start):
    page, server = start(tokens=["throw", "", "token"])
    wait_for(page, "refused")

    assert page.evaluate("told.map(([state, code]) => `${state} ${code}`)") == [
        "connecting null",
        "closed 1006",
        "connecting null",
        "refused 4401",
    ]
    assert server.addresses == []


def test_numbers_that_are_gone_are_told_and_passed_over(start):
    kept = {"lastSeq": 2}
    page, server = start(["gone 3-7", "level-up 8", "pong 8", "close 1013"], **kept)
    wait_for(page, "open", 2)
    assert server.addresses == ["?lastSeq=2", "?lastSeq=8"]

    # After a restored backup the server never gave 90.
    page, server = start(["gone 4-90", "level-up 4", "pong 4"], lastSeq=90)
    wait_for(page, "open")
    assert page.evaluate("heard") == [["level-up", 4]]


def test_it_stays_closed_when_told_so(start):
    page, server = start(["pong 1"])
    wait_for(page, "open")
    page.evaluate("events.close(); events.retry()")
    page.wait_for_timeout(100)

    assert page.evaluate("told.at(-1)") == ["closed", 1000, True]
    assert len(server.addresses) == 1


def test_each_member_resumes_where_they_were_when_the_page_was_left(start):
    mia, leo = (f"e30.{claims}.sig" for claims in ("eyJ1c2VySWQiOiJtaWEifQ", "eyJzdWIiOiJsZW8ifQ"))
    page, server = start(["level-up 7", "pong 7"], storage="sessionStorage", token=mia)
    wait_for(page, "open")
    for token in (leo, mia):
        page.reload()
        page.evaluate(START, {"storage": "sessionStorage", "token": token})
        wait_for(page, "open")

    assert server.addresses == ["", "", "?lastSeq=7"]


def test_a_connection_that_went_silent_is_given_up(start):
    page, server = start(["pong 3"], heartbeatSeconds=0.5)
    wait_for(page, "open", 2)

    assert page.evaluate("told.find(([state]) => state === 'closed')") == ["closed", 1006, False]
    assert server.addresses[:2] == ["", "?lastSeq=3"]


def test_one_handlers_mistake_keeps_nothing_from_the_others(start):
    page, server = start(["pong 1"])
    wait_for(page, "open")
    page.evaluate("""
      window.reportError = (error) => { window.reported = error.message; };
      events.on("level-up", () => { throw new Error("oops"); });
      const stop = events.on("badge-earned", () => heard.push("stopped"));
      stop();
    """)
    server.play(server.socket, ["level-up 2", "badge-earned 3"])
    page.wait_for_function("heard.length === 2")

    assert page.evaluate("reported") == "oops"
    assert page.evaluate("heard") == [["level-up", 2], ["badge-earned", 3]]
