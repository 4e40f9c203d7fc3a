"""How well coders agree and whether codes still come, as ``coding`` has measured it: chosen rows, and how old they are.

``measures`` chooses rows of the table ``agreement``, ``standing`` says what is missing or older than the codings, and
``command`` and ``saturation`` print them.
"""
