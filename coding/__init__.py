"""People read: threads to their Label Studio, and what they did back as tables.

Rooms: ``label_studio`` (the server, its accounts, what is asked of it), ``projects`` (whose each is, what is in it),
``page`` (what people see), ``answers`` (what came back, read), and one per step of the work: ``screening``,
``sampling``, ``agreement``, ``adjudication``, ``audit``, ``proposals``, ``saturation``. Models that help people have
theirs: ``embeddings`` (what a model reads of a unit, and its vectors), ``topics``, ``ranking`` (which candidate is read
next), ``suggestions``, ``evaluation``, ``arms`` (who may see suggestions), ``influence`` (what they did to people).
Between them: ``push`` gives everybody their units, ``pull`` stores what they did as raw records, ``derive`` turns those
into tables.
"""
