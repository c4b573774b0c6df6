"""The preview's `lab`: installs stand-in builds with receipts, or fails as it was told to.

`lab rehearse NAME FLAW` says how all builds of an app go wrong from now on, `none` mends them.
Only apps of its own table are built, never a path. Source: hero_proc reference, section 2.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cockpit_app import __version__
from cockpit_app.preview.apps import by_app
from cockpit_app.preview.builds import digest_of, is_whole, read_receipt
from cockpit_app.preview.fleet import fleet
from cockpit_app.preview.home import Home
from cockpit_app.preview.lab_build import LabError, build, say
from cockpit_app.preview.lab_services import set_going
from cockpit_app.preview.releases import CHANNELS, STABLE, Flaw, Release, Releases, release_now

FAILED, INTERRUPTED = 1, 130
INFO_TIMEOUT_S = 20.0

APPS = by_app(fleet(0))


def main(arguments: list[str]) -> int:
    """Run one command for the home that PATH_ROOT names; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(Home(Path(os.environ["PATH_ROOT"])), options)
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="Installs the preview's stand-ins.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    verb = verbs.add_parser("build", help="build an app and install it")
    verb.add_argument("name", metavar="NAME")
    for flag in ("--download", "--install", "--force", "--start", "--restart"):
        verb.add_argument(flag, action="store_true")
    verb.add_argument("--channel", choices=CHANNELS, default=STABLE)
    verb.set_defaults(run=_build)
    verb = verbs.add_parser("rehearse", help="have all builds of an app go wrong in one way")
    verb.add_argument("name", metavar="NAME")
    verb.add_argument("flaw", metavar="FLAW", choices=list(Flaw), help=", ".join(Flaw))
    verb.set_defaults(run=_rehearse)
    verb = verbs.add_parser("release", help="offer another version of an app")
    verb.add_argument("name", metavar="NAME")
    verb.add_argument("version", metavar="VERSION")
    verb.add_argument("--channel", choices=CHANNELS, default=STABLE)
    verb.set_defaults(run=_release)
    verb = verbs.add_parser("list", help="list all apps, what is installed and what is on offer")
    verb.set_defaults(run=_list)
    verb = verbs.add_parser("infocheck", help="ask every installed program what it is")
    verb.set_defaults(run=_infocheck)
    verb = verbs.add_parser("update", help="bring lab itself up to date")
    verb.set_defaults(run=_update)
    return parser


def _build(home: Home, options: argparse.Namespace) -> None:
    release = _offered(home, options.name, options.channel)
    if not options.download:
        raise LabError("there are no sources on this machine; add --download.")
    receipt = read_receipt(home, release.app)
    newest = receipt.get("version") == release.version and is_whole(home, receipt)
    if newest and not options.force:
        say(f"{release.app} {release.version} is installed already; --force builds it anew.")
    else:
        build(home, APPS[release.app], release, install=options.install)
    for action, wanted in (("start", options.start), ("restart", options.restart)):
        if wanted:
            set_going(home, APPS[release.app], action)


def _rehearse(home: Home, options: argparse.Namespace) -> None:
    _offered(home, options.name, STABLE)
    Releases(home).rehearse(options.name, Flaw(options.flaw))
    say(f"From now on every build of {options.name} goes so: {options.flaw}.")


def _release(home: Home, options: argparse.Namespace) -> None:
    _offered(home, options.name, options.channel)
    numbers = options.version.split(".")
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise LabError(f"{options.version!r} is no version; one looks like 0.6.0.")
    notes = [f"Version {options.version}, offered by hand."]
    Releases(home).put([release_now(options.name, options.channel, options.version, notes)])
    say(f"{options.name} {options.version} is on offer in the channel {options.channel}.")


def _list(home: Home, options: argparse.Namespace) -> None:
    releases = Releases(home)
    for app in APPS:
        installed = read_receipt(home, app).get("version", "-")
        offers = [f"{release.channel} {release.version}" for release in releases.of(app)]
        flaws = {str(release.flaw) for release in releases.of(app)} - {Flaw.NONE}
        say(f"{app:20} {installed:10} {', '.join(offers)}  {', '.join(flaws)}".rstrip())


def _infocheck(home: Home, options: argparse.Namespace) -> None:
    troubles = [trouble for app in APPS for trouble in _troubles(home, app)]
    if troubles:
        raise LabError("; ".join(troubles) + ".")
    say("Every installed program is what its receipt says.")


def _troubles(home: Home, app: str) -> Iterator[str]:
    receipt = read_receipt(home, app)
    for name, digest in receipt.get("binaries", {}).items():
        if digest_of(home.bin / name) != digest:
            yield f"{name} is not the file that was installed"
            continue
        asked = subprocess.run(
            [str(home.bin / name), "--info"],
            capture_output=True,
            text=True,
            check=False,
            timeout=INFO_TIMEOUT_S,
        )
        if f'"{receipt["version"]}"' not in asked.stdout:
            yield f"{name} does not say that it is {receipt['version']}"


def _update(home: Home, options: argparse.Namespace) -> None:
    say(f"lab {__version__} belongs to this preview and is as new as it is.")


def _offered(home: Home, name: str, channel: str) -> Release:
    release = Releases(home).find(name, channel) if name in APPS else None
    if release is None:
        raise LabError(f"there is no app named {name!r}; `lab list` shows all.")
    return release


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
