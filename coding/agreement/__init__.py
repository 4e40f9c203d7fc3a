"""How well coders agree, measured on codings that no adjudication has touched."""
