"""What happened in Label Studio between two pulls, and whether the raw records say what they said when they came.

``chain`` links the pulls of a project by hash and verifies them, ``events`` finds what was edited, deleted, or made by
another account, ``page`` labelling pages that somebody changed by hand.
"""
