"""SARIF 2.1.0: results of tools that ran elsewhere are taken in, and findings are given to tools that read it.

``document`` opens a file however large, ``rules`` finds the rule of a result, ``places`` the path in a repository,
``results`` reads one result, ``flows`` its data flows. ``kept`` stores what was imported, ``rows`` makes rows of it,
``taking`` is ``scan import``. ``giving`` is ``scan export``: ``written`` makes the runs, ``described`` their rules and
taxonomy, ``parts`` keeps to the limits of those who read them. What SARIF has no place for stands in ``properties``
under ``qualdev``, so that what is exported can be imported again as it was.

Source: OASIS, SARIF 2.1.0 with errata 01, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""
