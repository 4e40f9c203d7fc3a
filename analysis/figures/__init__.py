"""Figures of a paper and of the report: one file per figure, and what they share.

``drawing`` has sizes, colours and lettering, ``picture`` what a figure is and how it becomes SVG, PDF or PNG,
``option`` the option ``--picture`` of commands, and ``every`` all figures of a study.
"""
