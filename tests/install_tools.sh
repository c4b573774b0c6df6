#!/bin/sh
# Installs what the tests need beyond Python: Debian's chromium, nginx and a few terminal programs.
# Only when something is missing, and only when this user may; otherwise it says what to install.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need chromium chromium
PATH="$PATH:/usr/sbin:/sbin" need nginx nginx-light
need vim.tiny vim-tiny
need htop htop
need less less
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need these programs, which this machine does not have:$missing" >&2
    exit 1
fi
run=
if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then run="sudo -n"; else
        echo "The tests need Debian packages that this user may not install. Ask for:$missing" >&2
        echo "    sudo apt-get install$missing" >&2
        exit 1
    fi
fi
echo "Installing for the tests:$missing"
$run apt-get update -qq
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing >/dev/null
