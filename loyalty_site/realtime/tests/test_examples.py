"""What the documents show a client to do works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from loyalty_site.testing.browser import serve

from .conftest import token_of
from .test_live import _wait_for_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("README.md", ["1 a {'name': 'a', 'userId': 'mia'}", "2 b {'name': 'b', 'userId': 'mia'}"]),
        (
            "docs/realtime.md",
            ["a {'name': 'a', 'userId': 'mia'}", "b {'name': 'b', 'userId': 'mia'}"],
        ),
    ],
)
def test_the_lines_that_listen_print_what_a_member_is_told(member, tell, tmp_path, page, expected):
    text = (Path(settings.BASE_DIR) / page).read_text("utf-8")
    lines = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    tell(member, "a", "b")
    token = token_of(member)
    with serve() as url:
        port = urlsplit(url).port
        _wait_for_port(port, tmp_path / "none")
        lines = lines.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("eyJ…", token)
        client = subprocess.Popen(
            [sys.executable, "-u", "-c", lines, token], stdout=subprocess.PIPE, text=True
        )
        try:
            assert [client.stdout.readline().rstrip() for _ in expected] == expected
        finally:
            client.kill()
            client.communicate()
