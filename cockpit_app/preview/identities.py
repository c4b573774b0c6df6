"""The three persons that one can be in the preview, and what the gateway says of each.

Source: hero_platform reference, 1.3 (headers) and 1.7 (claims).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """One choice of the sign-in page."""

    key: str
    title: str
    may: str
    """What this person may do, for the sign-in page."""
    user: str = ""
    """Empty for the guest, who is nobody to a service."""
    context: int = 0
    claims: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.user}@preview.localhost"

    def headers(self) -> dict[str, str]:
        """Return the identity headers that a service gets; none for the guest."""
        if not self.user:
            return {}
        return {
            "X-Hero-User": self.user,
            "X-Hero-Context": str(self.context),
            "X-Hero-Claims": ",".join(self.claims),
            "X-Proxy-Auth-Method": "oauth",
            "X-Proxy-User-Email": self.email,
        }


IDENTITIES = {
    identity.key: identity
    for identity in (
        Identity(
            key="owner",
            title="Owner",
            may="Runs this machine: may see, start, stop and change everything.",
            user="owner",
            context=1,
            claims=(
                "users.owner",
                "groups.admin",
                "cockpit.admin",
                "cockpit.write",
                "service.read",
            ),
        ),
        Identity(
            key="viewer",
            title="Viewer",
            may="Is signed in and may look at everything, but change nothing.",
            user="viewer",
            context=2,
            claims=("users.viewer", "service.read"),
        ),
        Identity(
            key="guest",
            title="Guest",
            may="Is not signed in: sees only what is for everybody.",
        ),
    )
}
