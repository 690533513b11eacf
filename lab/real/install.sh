#!/bin/sh
# install.sh FOLDER PYTHON REQUIREMENT AUTHORITIES HERE
#
# Makes FOLDER/venv a Python environment with Home Assistant and what its core integrations need, so that it starts without
# asking an index again (--skip-pip). FOLDER/version is written last: without it, the environment is not finished; run again, it looks for a newer one.
# Runs inside a Debian root that has PYTHON. AUTHORITIES are the machine's own, which its index may need.
set -eu
folder=$1 python=$2 requirement=$3 authorities=$4 here=$5
export PIP_CERT="$authorities" SSL_CERT_FILE="$authorities" REQUESTS_CA_BUNDLE="$authorities"
export UV_LINK_MODE=copy
[ -x "$folder/venv/bin/uv" ] || {
  rm -rf "$folder/venv"
  "$python" -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet uv
}
# The index that pip was told of is uv's too.
index=$("$folder/venv/bin/pip" config get global.index-url 2>/dev/null || true)
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
install() { "$folder/venv/bin/uv" pip install --python "$folder/venv/bin/python" "$@"; }
install --upgrade-package homeassistant "$requirement"
"$folder/venv/bin/python" "$here/requirements.py" >"$folder/requirements.txt"
constraints=$("$folder/venv/bin/python" -c 'import homeassistant, os; print(os.path.join(os.path.dirname(homeassistant.__file__), "package_constraints.txt"))')
install --constraint "$constraints" --requirement "$folder/requirements.txt"
# Compiled once, or every start compiles it all again where Python is told to write no bytecode.
PYTHONDONTWRITEBYTECODE= "$folder/venv/bin/python" -W ignore -m compileall -q -j 0 "$folder/venv/lib"
"$folder/venv/bin/python" -c 'import importlib.metadata as m; print(m.version("homeassistant"))' >"$folder/version.partial"
mv "$folder/version.partial" "$folder/version"
