"""Contents of code and configuration at pinned commits: got once, kept by hash, and never executed.

Every file that is wanted is asked for at the commit that the listing saw. Its bytes go to :mod:`scan.blobs`; the raw
record in ``raw/scan/<hub>/contents/`` says only which bytes came, or why none did. Code that a configuration takes from
another repository is followed there, and that repository is pinned, too.
"""
