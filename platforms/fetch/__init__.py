"""Evidence in: releases of client packages, and pages of documentation, kept by hash and never installed or imported.

Of a release only the members are read that an extractor wants; their contents go to ``raw/platforms/blobs``, and the
raw record in ``raw/platforms/<package>`` says which there are, or why there are none. ``index`` asks the package index,
``ranges`` and ``archives`` read what it has, ``release`` does so for one release; ``pages`` and ``folders`` bring
documentation; ``records`` says what the raw records say.
"""
