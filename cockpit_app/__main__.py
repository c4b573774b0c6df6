"""The program's entry: whatever fails is told in one sentence, with an exit status."""

import logging
import os
import sys
from pathlib import Path

import click

from cockpit_app.cli.root import root
from cockpit_app.preview.home import PreviewError
from services.errors import CockpitError

log = logging.getLogger(__name__)

REFUSED = 1
INTERRUPTED = 130


def main() -> None:
    """Run the command line: exit status 0 done, 1 refused or failed, 2 wrong usage."""
    _open_closed_streams()
    try:
        # Without standalone mode an exit status that a command chose is what comes back.
        status = root.main(prog_name="hero_cockpit", standalone_mode=False) or 0
        sys.stdout.flush()
        sys.exit(status)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except (CockpitError, PreviewError) as error:
        click.echo(f"hero_cockpit: {error}", err=True)
        sys.exit(REFUSED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(REFUSED)
    except OSError as error:
        log.info("ended by an error of the system", exc_info=True)
        click.echo(f"hero_cockpit: {_said(error)}", err=True)
        _forget_output()
        sys.exit(REFUSED)


def _said(error: OSError) -> str:
    """Return what the system refused, as a sentence."""
    why = error.strerror or str(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)} cannot be used: {why}."
    return f"The answer could not be written: {why}. What was asked for may be done all the same."


def _open_closed_streams() -> None:
    """Lead standard streams that the caller closed to nowhere.

    Else Python has none, and the next file that is opened would take their number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode)  # noqa: SIM115 - open as long as the process
            setattr(sys, name, nowhere)


def _forget_output() -> None:
    """Keep what could not be written from being written once more at the end of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
