#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. It creates a virtual environment with
# PyTorch's CPU build and everything else that the grader needs.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
source=$root/source
torch_index=https://download.pytorch.org/whl/cpu

# Print a Python that the kata runs on, and that can create virtual environments.
find_python() {
  for name in python3.11 python3.12 python3.13 python3.14 python3; do
    if "$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || true
  # Ubuntu 22.04 has the first of these in its universe repository, 24.04 the second, Debian 12 the last.
  apt-get install -y -qq python3.11 python3.11-venv ||
    apt-get install -y -qq python3.12 python3.12-venv ||
    apt-get install -y -qq python3 python3-venv || true
  python=$(find_python)
fi
if [ -z "$python" ]; then
  echo "setup.sh: the kata needs Python 3.11 or newer with venv, and this image has" \
    "$(python3 --version 2>&1 || echo none). Choose Ubuntu 22.04 or newer as the base image." >&2
  exit 1
fi
echo "setup.sh: $("$python" --version) makes $root/venv"

"$python" -m venv "$root/venv"
pip() { "$root/venv/bin/python" -m pip --quiet "$@"; }
cd "$source"
# Install PyTorch first, alone and from its own index, or pip would fetch gigabytes of CUDA.
torch=$(grep '^torch==' kata/constraints.txt)
pip install --no-cache-dir --no-deps --index-url "$torch_index" "$torch"
pip install --no-cache-dir -c kata/constraints.txt -r requirements.txt

PYTHONPATH=$source/kata "$root/venv/bin/python" -c '
import torch
from grader.sandbox import probe
print(f"setup.sh: torch {torch.__version__}; sandbox: {probe()}")'
