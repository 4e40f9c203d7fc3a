"""The order in which candidates are screened, and when the rest may stay unread.

``features`` makes arrays of texts, ``learning`` scores candidates by the verdicts so far, ``batch`` says who is read
next, and ``certainty`` when to stop; these four know arrays only. ``steps`` keeps what was drawn as raw records,
``candidates`` and ``meaning`` read the study, ``tables`` makes the table ``ranking``, and ``order`` puts them together.
"""
