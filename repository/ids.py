"""How records get their ids."""

from uuid import UUID

import uuid_utils
import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: ids of records made later sort later. Source: RFC 9562, 5.7."""
    return uuid_utils.compat.uuid7()


def new_request_id() -> str:
    """A UUIDv7 as 32 hexadecimal digits."""
    return uuid_utils.uuid7().hex
