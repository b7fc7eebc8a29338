# Sourced by the root commands. find_python prints a Python 3.11; python_environment installs what
# model-export needs into a virtual environment below .cache/ (elsewhere with SIGHTLINE_VENV=folder)
# and prints its interpreter.

# Prints a Python 3.11 or says what is missing.
find_python() {
  local candidate
  for candidate in python3.11 python3 python; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' \
      >/dev/null 2>&1; then
      command -v "$candidate"
      return 0
    fi
  done
  echo "Python 3.11 is needed for model-export and its tests, with venv, and was not found" >&2
  return 1
}

# Prints the interpreter of the environment for the checkout $1, which is made where it is not there.
python_environment() {
  local python venv stamp
  python="$(find_python)" || return 1
  venv="${SIGHTLINE_VENV:-$1/.cache/venv}"
  stamp="$venv/requirements.installed"
  if ! cmp -s "$1/model-export/requirements.txt" "$stamp"; then
    echo "Installing model-export's requirements into $venv" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2 || return 1
    # without the bound on retries pip tries for minutes where an index cannot be reached
    PIP_RETRIES="${PIP_RETRIES:-0}" PIP_DISABLE_PIP_VERSION_CHECK=1 \
      "$venv/bin/python" -m pip install --quiet -r "$1/model-export/requirements.txt" >&2 || return 1
    cp "$1/model-export/requirements.txt" "$stamp"
  fi
  printf '%s\n' "$venv/bin/python"
}
