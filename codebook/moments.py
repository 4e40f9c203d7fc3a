"""Moments as tables have them: in UTC, without a zone."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC without a zone; one that has no zone is in UTC already.

    Raises:
        OverflowError: In UTC it is before the year 1 or after 9999.
    """
    return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)


def read(text: str) -> datetime | None:
    """The moment that ISO 8601 writes, in UTC without a zone; None if it is none."""
    try:
        return in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
