"""Where what people say meets what is there and what platforms do: the tables that lie across stages.

Mixed-methods research calls this integration, and a table in which both kinds of data stand a joint display (M. D.
Fetters, L. A. Curry, J. W. Creswell, Achieving integration in mixed methods designs, Health Services Research 48,
2013). ``about`` says which platform a thread is about, ``coded`` which codes it has, ``naming`` which models it names;
on these stand ``levels``, ``changes``, ``models``, ``beliefs``, ``mitigation``, ``disagreements`` and ``gap``.
"""
