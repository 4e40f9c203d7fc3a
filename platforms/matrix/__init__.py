"""The matrix of mechanisms and platforms, and how it stands beside a published table.

``cells`` makes it, ``published`` reads a table that others have made, ``compared`` puts both side by side, ``page``
writes them as HTML, and ``command`` is the command.
"""

from platforms.matrix.command import matrix

__all__ = ["matrix"]
