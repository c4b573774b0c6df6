import asyncio

import pytest
from pydantic import SecretStr

from services.errors import Refused
from services.jobs.passphrases import Passphrases

SECRET = SecretStr("correct horse battery")


@pytest.mark.parametrize("end", [None, Refused("full"), RuntimeError("odd")])
def test_a_passphrase_is_forgotten_when_the_job_is_over_however_it_ended(
    end: Exception | None,
) -> None:
    kept = Passphrases()
    mark = kept.keep(SECRET)
    try:
        with kept.lent(mark) as passphrase:
            assert passphrase == SECRET
            if end is not None:
                raise end
    except type(end or Refused("")):
        assert end is not None
    with pytest.raises(Refused, match="kept nowhere"), kept.lent(mark):
        pass


def test_a_job_that_is_cut_short_goes_on_with_its_passphrase() -> None:
    kept = Passphrases()
    mark = kept.keep(SECRET)
    with pytest.raises(asyncio.CancelledError), kept.lent(mark):
        raise asyncio.CancelledError
    with kept.lent(mark) as passphrase:
        assert passphrase == SECRET


def test_no_passphrase_needs_no_mark() -> None:
    kept = Passphrases()
    assert kept.keep(None) == ""
    with kept.lent("") as passphrase:
        assert passphrase is None
