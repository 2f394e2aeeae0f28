# shellcheck shell=bash
# Sourced by the commands in bin/: hands over to a Python that is new enough.

# Prints the first Python that passes a test. The one in $PYTHON goes first.
first_python() {
    local test=$1 candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null && "$candidate" -E -s -c "$test" >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# Replaces the shell by bin/launch.py with the given arguments.
launch() {
    local here python
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    local new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
    # Some systems ship Python without the parts that make environments. One
    # that has them is better; one without still does when .venv exists.
    if ! python=$(first_python "$new_enough; import venv, ensurepip" || first_python "$new_enough"); then
        local found
        found=$(python3 --version 2>/dev/null || true)
        echo "Python 3.11 or newer is needed; found: ${found:-no python3 at all}." >&2
        echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), or name one:" >&2
        echo "    PYTHON=/path/to/python3.12 $0" >&2
        exit 1
    fi
    # -E and -s: no PYTHONPATH or user packages in the launcher itself.
    exec "$python" -E -s "$here/launch.py" "$@"
}
