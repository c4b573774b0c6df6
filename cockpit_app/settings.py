"""Where things are and what is believed: read once at start-up, passed on, never global.

Order of belief: command line, environment, `cockpit.toml`, built-in defaults.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from services.claims import RightsTable
from services.errors import Invalid
from services.wire.outside_address import host_of

Front = Literal["proxy", "proxy+router", "none"]
"""Whose identity headers a socket believes."""


def _checked(address: str) -> str:
    try:
        host_of(address)
    except Invalid as error:
        words = error.message.removesuffix(".")
        raise PydanticCustomError("address", "{words}", {"words": words}) from error
    return address


Address = Annotated[str, AfterValidator(_checked)]
"""`https://host/prefix`, or `unix:socket:/prefix` below the socket directory."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FrontTable(_Table):
    """`[front]`: who stands in front of each socket."""

    web: Front = "proxy"
    admin: Front = "proxy"
    rpc: Front = "none"
    recheck_s: float = Field(default=60.0, ge=60)
    """So long a page goes on until the front must have vouched for its owner again."""
    shells: tuple[str, ...] = ()
    """Origins that may show the cockpit in a frame, such as `https://os.example`."""


class RightsSection(_Table):
    """`[rights]`: which claims give which right."""

    write: frozenset[str] = RightsTable().write
    admin: frozenset[str] = RightsTable().admin
    owners: frozenset[str] = frozenset()


class ConsoleTable(_Table):
    """`[console]`: where the consoles of this machine are."""

    vms: Path = Path("~/.chvm/vms")
    """Folder of virtual machines; relative paths start at `root`."""
    keep_s: float = Field(default=600.0, gt=0)
    """How long a console lives without viewers, in seconds."""


class ForgeTable(_Table):
    """`[forge]`: where releases are looked up and feedback is filed."""

    address: Address = "https://forge.ourworld.tf"
    feedback: str = "lhumina_public/feedback"
    """Repository that takes feedback."""
    page: str = ""
    """Address that browsers open, where it differs."""


class ShareTable(_Table):
    """`[share]`: under which names services are shared."""

    domain: str = ""
    """What follows the name of a share; empty for the machine's own name at hero_proxy."""
    oauth_provider: str = ""
    """Who signs people in, as hero_proxy calls it; empty for its own choice."""


class OutsideTable(_Table):
    """`[outside]`: the way to the world."""

    proxy: str = ""
    """Address of an HTTP proxy for outgoing requests; the environment's is not used."""


class CockpitFile(_Table):
    """The content of `cockpit.toml`; every table and key may be missing."""

    front: FrontTable = FrontTable()
    rights: RightsSection = RightsSection()
    console: ConsoleTable = ConsoleTable()
    forge: ForgeTable = ForgeTable()
    share: ShareTable = ShareTable()
    outside: OutsideTable = OutsideTable()
    providers: Mapping[str, Address] = Field(default_factory=dict)
    """Addresses of AI providers in place of the real ones, such as `groq = "https://…"`."""
    names: Mapping[str, Any] = Field(default_factory=dict)
    """Overrides for names that the platform may spell otherwise (docs/protocols.md)."""


class Settings(BaseModel):
    """Everything that start-up decides."""

    model_config = ConfigDict(frozen=True)

    root: Path
    """`~/hero`, or what `PATH_ROOT` names."""
    sockets: Path
    """The socket directory that all Hero services share."""
    file: CockpitFile = CockpitFile()
    share_domain: str = ""
    """What follows the name of a share; empty for the machine's own name."""

    @property
    def own_sockets(self) -> Path:
        """The directory of the cockpit's own sockets."""
        return self.sockets / "hero_cockpit"

    @property
    def rpc_socket(self) -> Path:
        """Where `rpc.sock` is."""
        return self.own_sockets / "rpc.sock"

    @property
    def cache(self) -> Path:
        """Where what can be made again is kept."""
        return self.state / "cache"

    @property
    def state(self) -> Path:
        """Where the cockpit keeps what must not be lost."""
        return self.root / "var" / "hero_cockpit"

    @property
    def lock(self) -> Path:
        """Held by the one cockpit that works for this machine; its process number is in it."""
        return self.state / "cockpit.lock"

    @property
    def logs(self) -> Path:
        """Where logs go when nobody else keeps them."""
        return self.root / "var" / "logs"

    @property
    def vms(self) -> Path:
        """The folder of virtual machines, absolute."""
        return self.root / self.file.console.vms.expanduser()

    @property
    def rights(self) -> RightsTable:
        """Which claims give which right."""
        section = self.file.rights
        return RightsTable(write=section.write, admin=section.admin, owners=section.owners)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment and `cockpit.toml`.

    Raises Invalid when the file cannot be understood; it is left as it is.
    """
    env = os.environ if environment is None else environment
    root = Path(env.get("PATH_ROOT") or "~/hero").expanduser().absolute()
    file = _read_file(root / "cfg" / "cockpit" / "cockpit.toml")
    return Settings(
        root=root,
        sockets=socket_directory(env, root=root),
        file=file,
        share_domain=env.get("HERO_SHARE_DOMAIN") or file.share.domain,
    )


def socket_directory(env: Mapping[str, str], *, root: Path) -> Path:
    """Return the directory of all Hero sockets.

    Source: design 4 and hero_proc reference 3.1; two names of the variable are in use.
    """
    named = env.get("PATH_SOCKET") or env.get("HERO_SOCKET_DIR")
    return Path(named).expanduser().absolute() if named else root / "var" / "sockets"


def check_settings(content: bytes) -> None:
    """Raise Invalid, in words, when `content` is no usable `cockpit.toml`."""
    _parsed(content, "The file")


def _read_file(path: Path) -> CockpitFile:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return CockpitFile()
    except OSError as error:
        raise Invalid(f"{path} cannot be read ({error.strerror}).") from error
    return _parsed(content, str(path))


def _parsed(content: bytes, name: str) -> CockpitFile:
    try:
        return CockpitFile.model_validate(tomllib.loads(content.decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{name} is not valid TOML: {error}. Correct the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{name}: {where}: {first['msg']}. Correct the file.") from error
