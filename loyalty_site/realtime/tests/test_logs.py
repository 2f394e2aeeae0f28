"""The token of `?token=` reaches no log."""

import logging

import pytest
from uvicorn.logging import AccessFormatter

from loyalty_site.realtime.logs import REQUEST_LOGGERS


@pytest.mark.parametrize("name", REQUEST_LOGGERS)
def test_a_request_line_shows_no_token(name, caplog):
    path = "/ws/?lastSeq=3&token=abc.def.ghi&userId=mia"
    bare_line = f"GET {path}"
    with caplog.at_level(logging.INFO, logger=name):
        logging.getLogger(name).addHandler(caplog.handler)
        try:
            logging.getLogger(name).info('%s - "WebSocket %s" [accepted]', "127.0.0.1:1", path)
            logging.getLogger(name).info("%(r)s %(s)s", {"r": f"GET {path} HTTP/1.1", "s": 200})
            logging.getLogger(name).info(bare_line)
        finally:
            logging.getLogger(name).removeHandler(caplog.handler)
    assert "abc" not in caplog.text
    assert caplog.text.count("/ws/?lastSeq=3&token=hidden&userId=mia") >= 3


def test_the_access_log_keeps_its_own_shape(caplog):
    """Uvicorn's formatter takes the record's arguments apart."""
    record = logging.LogRecord(
        "uvicorn.access",
        logging.INFO,
        "",
        0,
        '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:1", "GET", "/ws/?token=abc", "1.1", 404),
        None,
    )
    logging.getLogger("uvicorn.access").filter(record)
    line = AccessFormatter('%(client_addr)s "%(request_line)s" %(status_code)s').format(record)
    assert line == '127.0.0.1:1 "GET /ws/?token=hidden HTTP/1.1" 404 Not Found'
