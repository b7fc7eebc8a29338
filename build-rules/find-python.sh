# Sourced by the root commands. find_python prints a Python 3.11; python_environment installs what
# the Python packages and their tests need into a virtual environment below .cache/ (elsewhere with
# SIGHTLINE_VENV=folder) and prints its interpreter; python_path prints where the packages lie.

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
  echo "Python 3.11 is needed for the Python packages and their tests, with venv, and was not found" >&2
  return 1
}

# Prints the interpreter of the environment for the checkout $1, which is made where it is not there.
python_environment() {
  local python venv stamp wanted
  local requirements=("$1/model-export/requirements.txt" "$1/build-rules/python-tools.txt")
  python="$(find_python)" || return 1
  venv="${SIGHTLINE_VENV:-$1/.cache/venv}"
  stamp="$venv/requirements.installed"
  wanted="$(cat "${requirements[@]}")" || return 1
  if [ ! -f "$stamp" ] || [ "$wanted" != "$(cat "$stamp")" ]; then
    echo "Installing the requirements of the Python packages into $venv" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2 || return 1
    # without the bound on retries pip tries for minutes where an index cannot be reached
    PIP_RETRIES="${PIP_RETRIES:-0}" PIP_DISABLE_PIP_VERSION_CHECK=1 \
      "$venv/bin/python" -m pip install --quiet -r "${requirements[0]}" -r "${requirements[1]}" \
      >&2 || return 1
    printf '%s\n' "$wanted" >"$stamp"
  fi
  printf '%s\n' "$venv/bin/python"
}

# Prints the folders of the Python packages of the checkout $1, for PYTHONPATH.
python_path() {
  printf '%s\n' "$1/model-export:$1/lab/emoji-models:$1/lab/fixtures"
}
