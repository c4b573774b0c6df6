"""What commands print: foreign text is text, never markup."""

import pytest

from cockpit_app.cli.output import show
from services.contract.console import ConsoleList, ConsoleSummary
from services.contract.service import ServiceList
from services.models import Fact, Facts, Service, Source, State

FOREIGN = "[/x] [link=https://evil.example]click[/link] :smile:"
SERVICE = Service(
    name="hero_books",
    app="hero_books",
    state=State.DEGRADED,
    sentence=FOREIGN,
    facts=Facts(health=Fact(says=FOREIGN)),
)
CONSOLE = ConsoleSummary(name="main", vm="vm", state="open", title=FOREIGN, rows=24, columns=80)


@pytest.mark.parametrize(
    "result",
    [
        ServiceList(services=(SERVICE,), source=Source(reachable=True)),
        SERVICE,
        ConsoleList(consoles=(CONSOLE,)),
        CONSOLE,
    ],
)
def test_what_services_and_consoles_say_is_printed_as_it_is(
    result: ServiceList | Service | ConsoleList, capsys: pytest.CaptureFixture[str]
) -> None:
    show(result, json=False)
    assert FOREIGN in capsys.readouterr().out
