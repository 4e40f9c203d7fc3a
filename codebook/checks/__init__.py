"""What ``codebook check`` looks for in tables and packages.

``invariants`` has what must hold within and between tables, ``packaged`` what must hold in a replication package;
``mirrors`` counts what copies of models make look like more.
"""
