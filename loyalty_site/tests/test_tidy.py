"""The house rules a machine can read."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
PACKAGES = ["loyalty_site", "points", "referrals", "rewards", "gamification", "bin", "benchmarks"]
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
TEST_FILE_LINES_MAX = 500


def python_files() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


@pytest.mark.parametrize("path", list(python_files()), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    limit = TEST_FILE_LINES_MAX if "tests" in path.parts else FILE_LINES_MAX
    assert len(text.splitlines()) <= limit
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"


@pytest.mark.parametrize("package", ["points", "referrals", "rewards", "gamification"])
def test_services_never_read_the_clock(package: str) -> None:
    clock = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|localdate\(")
    services = ROOT / package / "services"
    files = services.rglob("*.py") if services.is_dir() else [ROOT / package / "services.py"]
    assert [path.name for path in files if clock.search(path.read_text(encoding="utf-8"))] == []


def test_the_layers_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [str(linter), "--config", str(ROOT / ".importlinter"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_model_change_has_its_migration(db) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_top_level_is_what_the_readme_says() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    if not listed:
        pytest.skip("not a git checkout")
    visible = {line.split("/")[0] for line in listed if not line.startswith(".")}
    assert visible <= {
        "loyalty_site", "points", "referrals", "gamification", "rewards", "templates",
        "manage.py", "requirements.txt", "pytest.ini", "README.md", "bin", "docs", "benchmarks",
        "requirements.lock", "requirements-dev.txt", "requirements-dev.lock",
    }  # fmt: skip
