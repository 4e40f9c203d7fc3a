"""Bandit's tests on one file after the other, in a process of its own; see ``answerer.py``.

No configuration is read: not ``.bandit``, not ``pyproject.toml``, not ``setup.cfg``. What is under ``# nosec`` is found
and marked, by Bandit's own reading of the comment. Bandit loses what these lose in it, and we do not:

- a value that Bandit cannot compute (``{{_base_.x}}`` of mmengine is a set in a set) makes tests of that call fail,
  which only standard error tells: here such a value is unknown, as others are to Bandit;
- a test that fails otherwise is told, and what the other tests find is kept;
- an expression that is nested deeper than Python's stack is parsed again with a larger one;
- a file that cannot be split into tokens has no ``# nosec``, and is tested all the same.
"""

import ast
import io
import logging
import sys
import threading
import tokenize
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bandit.core import context as bandit_context
from bandit.core import manager, metrics, node_visitor, tester
from bandit.core.config import BanditConfig
from bandit.core.test_set import BanditTestSet

TOLD = 10
"""How many failures of tests, and how many values that are unknown, are told of one file."""

LONGEST = 4000
"""Characters of Bandit's message that are kept: it quotes the string it found, whatever its length."""

_DEEPER = 40_000  # nested calls of Python
_STACK = 400 << 20  # bytes; only what is used of it is taken


def prepared(_job: Mapping[str, Any]) -> Callable[[Path], Mapping[str, Any]]:
    """What says of a file what all of Bandit's tests find in it."""
    warnings.simplefilter("ignore")  # a strange escape in scanned code is nobody's business
    logging.getLogger("bandit").addHandler(logging.NullHandler())
    logging.getLogger("bandit").propagate = False
    bandit_context.Context = _Context
    tests = BanditTestSet(BanditConfig())
    return lambda path: told(path.read_bytes(), tests)


def told(content: bytes, tests: BanditTestSet) -> Mapping[str, Any]:
    """Status, reason and findings of one file."""
    look = _looked(content, tests)
    if look.too_deep:
        shallow, look = look, _with_a_deep_stack(lambda: _looked(content, tests))
        look = shallow if look.too_deep else look
        look.remarks["nested too deeply for Bandit: looked at with a larger stack"] = None
    return look.told()


def _looked(content: bytes, tests: BanditTestSet) -> "_Look":
    look = _Look(tests)
    try:
        look.at(content)
    except RecursionError as error:
        look.too_deep = True
        look.lost = f"nested too deeply: {error}"
    except SyntaxError as error:
        look.lost = f"syntax error while parsing AST from file: line {error.lineno}: {error.msg}"
    except ValueError as error:  # source with NUL bytes, or in an encoding that it is not in
        look.lost = f"cannot be parsed: {error}"
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:
        look.lost = f"exception while scanning file: {type(error).__name__}: {error}"
    return look


def _with_a_deep_stack(look: "Callable[[], _Look]") -> "_Look":
    """Look in a thread that may call much deeper."""
    looks: list[_Look] = []
    before = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(_DEEPER)
    try:
        thread = threading.Thread(target=lambda: looks.append(look()))
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before[0])
        threading.stack_size(before[1])
    if not looks:
        raise MemoryError
    return looks[0]


class _Look:
    """One file under Bandit's tests."""

    def __init__(self, tests: BanditTestSet) -> None:
        self.tests = tests
        self.too_deep = False
        self.lost = ""
        self.failures: list[str] = []
        self.remarks: dict[str, None] = {}  # in order, each once
        self._tester: _Tester | None = None

    def at(self, content: bytes) -> None:
        """Run every test.

        Raises:
            SyntaxError: It is no Python, or not of this version.
            ValueError: The same, in another way.
            RecursionError: It is nested deeper than the stack.
        """
        asked = _comments(content)
        visitor = node_visitor.BanditNodeVisitor(
            "/scanned.py", io.BytesIO(content), None, self.tests, False, asked, metrics.Metrics()
        )
        self._tester = visitor.tester = _Tester(self, asked)
        visitor.process(content)

    def told(self) -> Mapping[str, Any]:
        """Status, reason and findings."""
        lost = self.lost
        if self.failures and not lost:
            lost = "tests failed inside Bandit; what the others found is kept: " + _some(self.failures)
        findings = [self._tester.finding(issue) for issue in self._tester.results] if self._tester else []
        reason = lost or _some(list(self.remarks))
        return {
            "status": "failed" if lost else "scanned",
            "reason": reason[:LONGEST] or None,
            "findings": findings,
        }


class _Context(bandit_context.Context):  # type: ignore[misc]  # Bandit has no types
    """What tests ask about a node; a value that Bandit cannot compute is unknown, and no test fails of it."""

    def _get_literal_value(self, literal: ast.expr) -> Any:
        try:
            return super()._get_literal_value(literal)
        except TypeError as error:
            line = literal.lineno
            said = f"a value at line {line} taken as unknown, which Bandit cannot compute: {error}"
            self._context["remarks"][said] = None
            return None


class _Tester(tester.BanditTester):  # type: ignore[misc]  # Bandit has no types
    """Bandit's tester, which hides nothing: it notes what ``# nosec`` asks for, and which tests fail."""

    def __init__(self, look: _Look, asked: dict[int, set[str] | None]) -> None:
        super().__init__(look.tests, False, asked, metrics.Metrics())
        self._look = look
        self._asked: dict[Any, set[str]] = {}

    def _get_nosecs_from_contexts(self, context: dict[str, Any], test_result: Any = None) -> None:
        """Note which tests are to be silent about a result, and let Bandit keep it."""
        asked = super()._get_nosecs_from_contexts(context, test_result)
        if test_result is not None and asked is not None:
            self._asked[test_result] = asked

    def run_tests(self, raw_context: dict[str, Any], checktype: str) -> Any:
        """Run the tests for a kind of node, whose contexts know where remarks go."""
        raw_context["remarks"] = self._look.remarks
        return super().run_tests(raw_context, checktype)

    def report_error(self, test: str, context: Any, error: Exception) -> None:
        """Note that a test failed; Bandit would only log it."""
        self._look.too_deep |= isinstance(error, RecursionError)
        line = context._context["lineno"]  # noqa: SLF001 - as Bandit's own method reads it
        said = f"{test} at line {line}: {type(error).__name__}: {error}"
        self._look.failures.append(said[:300])

    def finding(self, issue: Any) -> Mapping[str, Any]:
        """What Bandit's own JSON has of an issue, but for the lines of code, and ``suppressed``."""
        asked = self._asked.get(issue)
        return {
            "test_id": issue.test_id,
            "test_name": issue.test,
            "issue_severity": issue.severity,
            "issue_confidence": issue.confidence,
            "issue_cwe": issue.cwe.as_dict(),
            "issue_text": issue.text.encode("utf-8", "backslashreplace").decode()[:LONGEST],
            "line_number": issue.lineno,
            "line_range": [min(issue.linerange), max(issue.linerange)] if issue.linerange else [],
            "col_offset": issue.col_offset,
            "end_col_offset": issue.end_col_offset,
            "suppressed": asked is not None and (not asked or issue.test_id in asked),
        }


def _comments(content: bytes) -> dict[int, set[str] | None]:
    """Which tests a ``# nosec`` on a line names, none for all of them, as Bandit reads it."""
    asked: dict[int, set[str] | None] = {}
    try:
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            if token.type == tokenize.COMMENT:
                asked[token.start[0]] = manager._parse_nosec_comment(token.string)  # noqa: SLF001 - its own reading
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # what was read before is as good as what Bandit has
    return asked


def _some(sayings: list[str]) -> str:
    more = f"; and {len(sayings) - TOLD} more" if len(sayings) > TOLD else ""
    return "; ".join(sayings[:TOLD]) + more
