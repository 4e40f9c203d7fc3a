"""Which files a config inherits from, as its text names them: they are listed with the model, and not executed.

A config names them in ``_base_``, or by relative imports where it is of mmengine's pure Python kind. This is a look at
the text, with too much rather than too little: what is executed of it is for ``scan.relevance`` to say.

Source: mmengine 0.10.7, ``config/config.py:1200`` (``_get_base_files``) and ``:542`` (``_get_base_modules``).
"""

import posixpath
import re
from collections.abc import Callable, Iterator

MOST = 200
"""Files that one config may inherit from; the longest chain of mmdet 3.3.0 has fewer than ten."""

_BASE = re.compile(rb"^_base_\s*=\s*(\[[^\]]{0,20000}\]|\([^)]{0,20000}\)|['\"][^'\"\n]{1,300}['\"])", re.MULTILINE)
_TEXT = re.compile(rb"['\"]([^'\"\n]{1,300})['\"]")
_IMPORT = re.compile(rb"^\s*from (\.{1,20})([\w.]{0,200}) import", re.MULTILINE)


def inherited(config: str, read: Callable[[str], bytes | None]) -> list[str]:
    """The files that a config inherits from, and those that these do, in the order in which they are met.

    Args:
        config: Its path.
        read: Gives the content of a path; None where there is no such file. It is asked once for each.
    """
    found, left, done = list[str](), [config], {config}
    while left:
        path = left.pop(0)
        content = read(path)
        if content is None:
            continue
        if path != config:
            found.append(path)
        for each in _named(content, posixpath.dirname(path)):
            if each not in done and len(done) < MOST:
                done.add(each)
                left.append(each)
    return found


def _named(content: bytes, folder: str) -> Iterator[str]:
    for base in _BASE.findall(content):
        for text in _TEXT.findall(base):
            name = text.decode("utf-8", "replace").rpartition("::")[2]
            yield posixpath.normpath(posixpath.join(folder, name))
    for dots, module in _IMPORT.findall(content):
        up = "/".join([".."] * (len(dots) - 1))
        path = module.decode("ascii", "replace").replace(".", "/")
        yield posixpath.normpath(posixpath.join(folder, up, path + ".py"))
