"""The program's entry: whatever fails is told in one sentence, with an exit status."""

import sys

import click

from cockpit_app.cli.root import root
from cockpit_app.preview.home import PreviewError
from services.errors import CockpitError

REFUSED = 1
INTERRUPTED = 130


def main() -> None:
    """Run the command line: exit status 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        # Without standalone mode an exit status that a command chose is what comes back.
        sys.exit(root.main(prog_name="hero_cockpit", standalone_mode=False) or 0)
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


if __name__ == "__main__":
    main()
