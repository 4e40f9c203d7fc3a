"""People read: a real Label Studio, one project per coder, and what comes back as codings.

``server`` starts one, ``push`` gives every coder the included threads on a page that ``labelconfig`` and
``thread_page`` make, ``pull`` stores what they did as raw records, and ``derive`` turns those into tables.
"""
