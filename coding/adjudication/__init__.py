"""From several coders' codings of a unit to one decision."""
