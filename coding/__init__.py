"""People read: threads to their Label Studio, and what they did back as tables.

Rooms: ``label_studio`` (the server, its accounts, what is asked of it), ``projects`` (whose each is, what is in it),
``page`` (what people see), ``answers`` (what came back, read), and one per step of the work: ``screening``,
``sampling``, ``agreement``, ``adjudication``, ``audit``, ``proposals``, ``saturation``. Between them: ``push`` gives
everybody their units, ``pull`` stores what they did as raw records, ``derive`` turns those into tables.
"""
