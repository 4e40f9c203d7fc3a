"""What can go wrong, by exit status.

Every error says what was wrong, where, and what to do next. A command turns them into one message on standard error
and the exit status of its class; ``--debug`` shows the traceback.
"""


class StudyError(Exception):
    """Wrong input or configuration (exit status 2).

    Args:
        what: What is wrong, one sentence without a full stop.
        where: File and line, or site and query; empty where the sentence already says it.
        hint: What to do next.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return place + self.what + (f"\n  {self.hint}" if self.hint else "")


class DoesNotHold(StudyError):
    """The check or comparison that was asked for does not hold (exit status 1)."""

    exit_code = 1


class StoppedEarly(StudyError):
    """Stopped before the end; what was got is safe and the same command goes on (exit status 3)."""

    exit_code = 3


class Missing(StudyError):
    """A needed outside tool, server or package is missing (exit status 4)."""

    exit_code = 4
