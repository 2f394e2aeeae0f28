"""What the code has, the documents name."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from loyalty_site.celery import app

ROOT = Path(__file__).parents[2]
OURS = ("loyalty_site", "points", "referrals", "rewards", "gamification")


def read(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


OPERATIONS = read("docs/operations.md")


def test_every_environment_variable_of_the_settings_is_documented() -> None:
    source = read("loyalty_site/settings.py")
    names = re.findall(r"(?:environ\.get|env_[a-z]+)\(\s*\"([A-Z_]+)\"", source)
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in OPERATIONS] == []


def test_every_command_is_documented() -> None:
    ours = [name for name, app in get_commands().items() if str(app).partition(".")[0] in OURS]
    assert ours
    assert [name for name in ours if f"`{name}" not in OPERATIONS] == []


def test_every_scheduled_job_is_documented() -> None:
    tasks = [entry["task"] for entry in app.conf.beat_schedule.values()]
    assert [task for task in tasks if f"`{task}`" not in OPERATIONS] == []


@pytest.mark.parametrize("prefix", ["points"])
def test_every_named_constraint_and_trigger_of_the_ledger_is_documented(prefix: str) -> None:
    ledger = read("docs/ledger.md")
    models = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / prefix / "models").glob("*.py")
    )
    names = set(re.findall(rf"name=\"({prefix}_\w+)\"", models))
    indexes = set(re.findall(r"models\.Index\([^)]*?name=\"(\w+)\"", models, re.DOTALL))
    wanted = {
        name for name in names - indexes if not name.endswith(("refuse_change", "refuse_truncate"))
    }
    undocumented = {
        name
        for name in wanted
        if name not in ledger
        and not re.search(
            r"points_(tx|lot_(spendable|due)|activity_(earning|created)|reminder_unmailed)", name
        )
    }
    assert undocumented == set()


def test_every_error_code_is_documented() -> None:
    api = read("docs/api.md")
    codes: set[str] = set()
    for package in OURS:
        for path in (ROOT / package).rglob("errors.py"):
            codes |= set(re.findall(r"^    code = \"(\w+)\"", path.read_text(), re.MULTILINE))
    codes.discard("error")
    assert codes
    assert {code for code in codes if f"`{code}`" not in api} == set()


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name} → {target}"
