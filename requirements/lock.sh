#!/bin/sh
# Writes the three locks: exact versions with hashes, and no registry address.
set -eu
uv=$1
cd "$(dirname "$0")/.."
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}
echo "uv==0.13.8" | compile - -o requirements/uv.txt
printf 'hatchling\neditables\n' | compile --all-extras pyproject.toml - -o requirements/run.txt
compile --all-extras --group dev pyproject.toml -c requirements/run.txt -o requirements/dev.txt
