"""What the scripts beside share: a count of what was checked, and the values of the table kinds."""

import datetime as dt
import decimal
import uuid

checked = 0


def equal(got, want, what):
    """Fails unless got is want, of the same type; NaN and floats are compared as they are."""
    global checked
    assert got == want and type(got) is type(want), f"{what}: got {got!r}, want {want!r}"
    checked += 1


def done():
    print(f"{checked} checks passed")


UTC = dt.timezone.utc

# The row with id 1 of kinds, by column, as Python's drivers give it.
KINDS = {
    "b": True,
    "i2": -32768,
    "i4": 2147483647,
    "i8": -9223372036854775808,
    "f4": 1.5,
    "f8": -2.25,
    "d": decimal.Decimal("1234567890.1234"),
    "t": "naïve ☃",
    "y": b"\x00\xff\x10",
    "dt": dt.date(2026, 2, 28),
    "tm": dt.time(23, 59, 59, 999999),
    "ts": dt.datetime(2026, 1, 2, 3, 4, 5, 678901),
    "tz": dt.datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    "iv": dt.timedelta(days=1, hours=2, minutes=3, seconds=4.5),
    "u": uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    "ia": [1, None, 3],
    "ta": ["a b", "c,d", None],
}
