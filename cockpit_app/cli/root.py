"""The program `hero_cockpit`: its flags, its servers, and every operation as a command."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from cockpit_app import __version__
from cockpit_app.cli import lifecycle
from cockpit_app.cli.completion import SHELLS, script
from cockpit_app.cli.exports import add_to_exports
from cockpit_app.cli.follow import add_to_jobs
from cockpit_app.cli.guard import guard
from cockpit_app.cli.harmless import harmless_json
from cockpit_app.cli.operations import add_operations
from cockpit_app.cli.output import show
from cockpit_app.cli.parameters import is_secret
from cockpit_app.cli.target import target_of, target_options
from cockpit_app.settings import Settings, read_settings
from services.errors import Invalid, Refused
from services.operations import OPERATIONS

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def _flag(name: str, text: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", name, is_flag=True, help=text)


@click.group(
    "hero_cockpit",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@_flag("start", "Start the cockpit of this machine.")
@_flag("stop", "Stop it.")
@_flag("status", "Say whether it runs; exit status 1 when it does not.")
@_flag("info", "Describe this program as JSON.")
@click.version_option(__version__, prog_name="hero_cockpit")
@target_options
@click.pass_context
def root(context: click.Context, *, start: bool, stop: bool, status: bool, info: bool) -> None:
    """Run a Hero OS machine: see what runs, change it, open a console."""
    chosen = [name for name, on in (("start", start), ("stop", stop), ("status", status)) if on]
    if info:
        click.echo(lifecycle.info(read_settings()).model_dump_json(indent=2))
    elif chosen:
        _lifecycle(context, chosen)
    elif context.invoked_subcommand is None:
        click.echo(context.get_help())


def _lifecycle(context: click.Context, chosen: list[str]) -> None:
    if target_of(context).socket is not None:
        raise click.UsageError(
            f"--{chosen[0]} is about this machine's cockpit; leave --socket out."
        )
    if len(chosen) > 1:
        raise click.UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other.")
    do: dict[str, Callable[[Settings], BaseModel]] = {
        "start": lifecycle.start,
        "stop": lifecycle.stop,
        "status": lifecycle.status,
    }
    result = do[chosen[0]](read_settings())
    show(result, json=target_of(context).json)
    if chosen == ["status"] and isinstance(result, lifecycle.Status) and not result.running:
        context.exit(1)


@root.command()
@click.option("--home", help="Where everything is kept.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 chooses a free one.")
@click.option("--link", is_flag=True, help="Print a new sign-in link of the running preview.")
def preview(home: str | None, port: int, *, link: bool) -> None:
    """Start a whole little Hero node with real processes, and the cockpit in front of it.

    Prints one line, `ready URL`, when everything answers. Ctrl-C ends all of it.
    """
    from cockpit_app.preview.home import default_home
    from cockpit_app.preview.tickets import new_link

    try:
        from cockpit_app.preview.node import run
    except ModuleNotFoundError as error:
        raise Refused(
            f"The preview needs the package {error.name}. Install hero_cockpit with its extra: "
            "pip install 'hero_cockpit[preview]'"
        ) from error
    if home is not None and not home.strip():
        raise Refused(f"--home names no folder. Without it that is {default_home()}.")
    place = (Path(home) if home else default_home()).expanduser().absolute()
    if link:
        click.echo(f"ready {new_link(place)}")
        return
    sys.exit(asyncio.run(run(place, port)))


@root.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Also on this port of 127.0.0.1.")
def serve(port: int | None) -> None:
    """Serve the cockpit of this machine on its sockets, in the foreground."""
    from cockpit_app.wiring import serve as run

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    for chatty in ("httpx", "httpcore", "uvicorn.error", "flet", "paramiko"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    run(read_settings(), port=port)


@root.command()
@click.argument("method")
@click.argument("params", default="{}")
@target_options
@click.pass_context
def call(context: click.Context, method: str, params: str) -> None:
    """Call any METHOD with PARAMS, a JSON object or array, and print what comes back.

    With - they are read from standard input, as a secret must be.
    """
    try:
        given = json.loads(sys.stdin.read() if params == "-" else params)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The parameters are not JSON: {error}.") from error
    target = target_of(context)
    name = method if "." in method else f"cockpit.{method}"
    if params != "-":
        _check_no_secret(name, given)

    async def once() -> Any:
        async with target.remote() as remote:
            return await remote.call_raw(name, given)

    click.echo(harmless_json(json.dumps(asyncio.run(once()), indent=2, ensure_ascii=False)))


def _check_no_secret(name: str, given: object) -> None:
    """Refuse a secret among parameters that were typed: every process may read the command."""
    if (operation := OPERATIONS.get(name)) is None:
        return
    fields = operation.params.model_fields
    by_name = dict(zip(fields, given, strict=False)) if isinstance(given, list) else given
    if not isinstance(by_name, dict):
        return
    for field, info in fields.items():
        if is_secret(info) and by_name.get(field) is not None:
            group, verb = operation.command
            raise click.UsageError(
                f"{field} is a secret, and would stand in the list of processes and in the "
                "shell's history. Give - for PARAMS and the JSON on standard input, or use: "
                f"hero_cockpit {group} {verb}"
            )


@root.command()
@click.argument("name", default="main")
@target_options
@click.pass_context
def console(context: click.Context, name: str) -> None:
    """Open the console NAME in this terminal; Ctrl+] leaves it, and it lives on."""
    from cockpit_app.cli.console import attach

    sys.exit(attach(target_of(context), name))


@root.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what completes commands and names in SHELL.

    bash: eval "$(hero_cockpit completion bash)", zsh alike; fish: hero_cockpit completion fish |
    source.
    """
    click.echo(script(shell))


root.add_command(guard)
add_operations(root)
add_to_jobs(root)
add_to_exports(root)
