"""Keys: listing, storing, testing, rotating."""

from services.contract.key import (
    Key,
    KeyList,
    KeyTest,
    KeyToTest,
    OneKey,
    RotateKey,
    Rotation,
    SetKey,
)
from services.keys.keys import Keys
from services.params import NoParams


class KeyHandler:
    """The operations on keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def get_byok_keys(self, params: NoParams) -> KeyList:
        return await self._keys.list()

    async def set_byok_key(self, params: SetKey) -> Key:
        return await self._keys.set(params.name, params.value.get_secret_value())

    async def test_byok_key(self, params: KeyToTest) -> KeyTest:
        value = None if params.value is None else params.value.get_secret_value()
        return await self._keys.test(params.name, value)

    async def rotate_byok_key(self, params: RotateKey) -> Rotation:
        value = params.value.get_secret_value()
        return await self._keys.rotate(params.name, value, untested=params.untested)

    async def undo_byok_key(self, params: OneKey) -> Rotation:
        return await self._keys.undo(params.name)

    async def delete_byok_key(self, params: OneKey) -> Key:
        return await self._keys.delete(params.name)
