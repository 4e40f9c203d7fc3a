"""What documentation says about mechanisms: sentences, the rules that read them, and claims with a quotation.

``sentences`` cuts a page into sentences that know where they stand; ``rules`` are the declared patterns, one tuple
entry a mechanism; ``wording`` tells what a sentence does with a mechanism (states, advises, denies, announces,
forbids); ``claims`` makes the rows, and says of every mechanism that a documentation never mentions that it does not.
"""

from platforms.documentation.claims import Page, claims

__all__ = ["Page", "claims"]
