"""Who owns this machine: the names in the settings, and the manifest's owner of this moment."""

from collections.abc import Collection

from services.manifest.file import ManifestFile


class Owners:
    """A set of user names that follows the manifest's file without a restart."""

    def __init__(self, named: Collection[str], manifest: ManifestFile) -> None:
        self._named = frozenset(named)
        self._manifest = manifest

    def __contains__(self, user: object) -> bool:
        """Tell whether `user` is an owner; nobody in particular (no name) never is."""
        return bool(user) and (user in self._named or user == self._manifest.owner())
