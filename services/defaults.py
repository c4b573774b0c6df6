"""Names of the Hero platform that public sources leave open: one table that settings override.

Sources: hero_proc reference 1.4 and 7 (methods, parameters, sockets), 3.1 (socket files).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.errors import Invalid


@dataclass(frozen=True, slots=True)
class Defaults:
    """Every name we had to guess, most likely first.

    A method `service.list` is also tried as `service_list`, as the ancestor spelt it.
    """

    proc_sockets: tuple[str, ...] = (
        "hero_proc/rpc.sock",
        "hero_proc_server/rpc.sock",
        "proc/rpc.sock",
        "hero_proc_server.sock",
        "hero_proc.sock",
    )
    """Where hero_proc may listen, below the socket directory."""
    rpc_paths: tuple[str, ...] = ("/rpc", "/api/main/rpc")
    """Where calls go on a daemon's socket; the second is that of services with domains [guess]."""
    openrpc_paths: tuple[str, ...] = ("/openrpc.json", "/api/main/openrpc.json")
    """Where hero_proc may describe its methods; `rpc.discover` is asked after these."""
    list_full: tuple[str, ...] = ("service.list_full",)
    list: tuple[str, ...] = ("service.list",)
    status: tuple[str, ...] = ("service.status", "service.status_full")
    start: tuple[str, ...] = ("service.start",)
    stop: tuple[str, ...] = ("service.stop",)
    restart: tuple[str, ...] = ("service.restart",)
    enable: tuple[str, ...] = ("service.enable",)
    disable: tuple[str, ...] = ("service.disable",)
    service_logs: tuple[str, ...] = ("service.logs", "logs.get", "logs.tail")
    job_create: tuple[str, ...] = ("job.create", "job.submit")
    job_get: tuple[str, ...] = ("job.get", "job.status")
    job_list: tuple[str, ...] = ("job.list",)
    job_logs: tuple[str, ...] = ("job.logs", "logs.get")
    job_cancel: tuple[str, ...] = ("job.cancel", "job.stop", "job.delete")
    secret_get: tuple[str, ...] = ("secret.get",)
    secret_set: tuple[str, ...] = ("secret.set", "secret.put", "secret.update")
    secret_create: tuple[str, ...] = ("secret.create",)
    """Tried when hero_proc knows none of `secret_set`; it may refuse a secret that exists."""
    secret_list: tuple[str, ...] = ("secret.list",)
    secret_delete: tuple[str, ...] = ("secret.delete", "secret.remove")
    job_parameters: tuple[str, ...] = ("id", "job_id", "job")
    context_parameters: tuple[str, ...] = ("context", "context_name", "namespace")
    key_parameters: tuple[str, ...] = ("key", "name", "secret")
    value_parameters: tuple[str, ...] = ("value", "secret_value", "data")
    key_context: str = "core"
    """Context of the secrets that hold keys for AI providers [guess]."""
    own_context: str = "cockpit"
    """Context of the cockpit's own secrets, such as the user's Forge token [certain]."""
    forge_key: str = "USER_FORGE_TOKEN"
    """The user's own token of the Forge, in `own_context` [certain]."""
    openrouter_key: str = "OPENROUTER_API_KEY"
    """Names of the secrets in `key_context`, as each provider's own tools call them [guess]."""
    groq_key: str = "GROQ_API_KEY"
    openai_key: str = "OPENAI_API_KEY"
    anthropic_key: str = "ANTHROPIC_API_KEY"
    sambanova_key: str = "SAMBANOVA_API_KEY"
    moonshot_key: str = "MOONSHOT_API_KEY"
    alibaba_key: str = "ALIBABA_API_KEY"
    proxy_sockets: tuple[str, ...] = ("hero_proxy/rpc.sock", "hero_proxy_server/rpc.sock")
    domain_add: tuple[str, ...] = ("domain.add", "domain_route.add", "domains.add")
    domain_list: tuple[str, ...] = ("domain.list", "domain_route.list", "domains.list")
    domain_delete: tuple[str, ...] = ("domain.delete", "domain_route.delete", "domains.delete")
    domain_parameters: tuple[str, ...] = ("id", "domain_id", "domain", "name")
    domain_people: tuple[str, ...] = ("allowed_pubkeys", "allowed_users")
    """What limits a name to people by their id at the Forge [likely]."""
    domain_emails: tuple[str, ...] = ("allowed_emails",)
    """What limits a name to people by e-mail address [guess]."""
    compute_sockets: tuple[str, ...] = ("hero_compute/rpc.sock", "hero_compute_server/rpc.sock")
    vm_list: tuple[str, ...] = ("ComputeService.list_vms", "list_vms")
    vm_get: tuple[str, ...] = ("ComputeService.get_vm", "get_vm")
    receipts: tuple[str, ...] = ("var/lab/receipts", "var/receipts", "cfg/receipts")
    """Folders below the root where `lab` may keep a receipt per app, `<app>.json` [guess]."""
    lab: str = "lab"
    """The program that builds and installs [certain]."""
    oauth_token_headers: tuple[str, ...] = ("x-proxy-access-token", "x-forwarded-access-token")
    """Headers in which a believed front may pass the user's OAuth token on [guess]."""
    name_parameters: tuple[str, ...] = ("name", "service", "service_name", "id")
    """What the parameter that names a service may be called."""
    http_kinds: tuple[str, ...] = ("rpc", "web", "admin", "ui")
    """Socket files that speak HTTP and so have `/health`; others are only connected to."""
    expected_kinds: tuple[str, ...] = ("rpc", "web", "admin", "ui")
    """Socket files looked for when hero_proc does not say what a service declares."""
    protected: frozenset[str] = field(
        default_factory=lambda: frozenset(
            {"hero_proc", "hero_proxy", "hero_cockpit", "hero_router"}
        )
    )
    """Apps that the cockpit stands on: they can be restarted, not stopped."""
    own_app: str = "hero_cockpit"

    def overridden(self, names: Mapping[str, Any]) -> "Defaults":
        """Return the table with `names` in place of the built-in ones.

        Each is a list of texts under its name here; raises Invalid naming what is wrong.
        """
        changes: dict[str, Any] = {}
        for name, value in names.items():
            if name not in self.__dataclass_fields__:
                known = ", ".join(self.__dataclass_fields__)
                raise Invalid(f"[names] has no {name!r}; known are: {known}.")
            changes[name] = _like(getattr(self, name), name, value)
        return replace(self, **changes)


DEFAULTS = Defaults()


def _like(old: object, name: str, value: Any) -> Any:
    """Return `value` in the shape of `old`: a text, or a collection of texts."""
    if isinstance(old, str):
        if isinstance(value, str) and value:
            return value
        raise Invalid(f"[names] {name} must be a text.")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t for t in texts):
        raise Invalid(f"[names] {name} must be a list of texts.")
    return type(old)(texts)  # type: ignore[call-arg] # tuple or frozenset, both take a list
