"""Claims from the code of client packages, read off syntax trees; nothing is imported or executed.

``skeleton`` and ``expressions`` reduce one source to what rules need, in a process that is bounded; ``skeletons``
remembers that by hash. ``symbols`` finds functions and constants in one release, ``follow`` works out what happens for
given values of switches, ``rules`` makes claims of that, and ``evidence_check`` opens each claim at its line again.
"""
