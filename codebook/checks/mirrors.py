"""What copies of models make look like more: one finding in a file that several models have is counted in each."""

from dataclasses import dataclass

import duckdb

_COPIES = """
WITH kept AS (SELECT DISTINCT model_id, path, sha256 FROM model_files WHERE sha256 IS NOT NULL),
whole AS (SELECT model_id, list((path, sha256) ORDER BY path) AS held FROM kept GROUP BY model_id),
alike AS (
    SELECT model_id, min(model_id) OVER (PARTITION BY held) AS first, count(*) OVER (PARTITION BY held) AS n FROM whole
), said AS (
    SELECT models.model_id FROM models JOIN models AS original
    ON models.mirror_of = original.platform || ':' || original.owner || '/' || original.name
    AND models.model_id <> original.model_id
)
SELECT model_id, model_id IN (FROM said) AS said FROM models
WHERE model_id IN (FROM said) OR model_id IN (SELECT model_id FROM alike WHERE n > 1 AND model_id <> first)
"""
"""Models that are a copy of another one here: the platform says so, or all their files are those of another."""

_COUNTED = f"""
WITH copies AS ({_COPIES}),
places AS (SELECT DISTINCT sha256, model_id FROM model_files WHERE sha256 IS NOT NULL),
homes AS (
    SELECT sha256, count(*) AS models, count(*) FILTER (model_id IN (SELECT model_id FROM copies)) AS in_copies
    FROM places GROUP BY sha256
), found AS (SELECT sha256, count(DISTINCT finding_id) AS n FROM findings WHERE current GROUP BY sha256)
SELECT coalesce(sum(n), 0), coalesce(sum(n * models), 0), coalesce(sum(n * in_copies), 0),
       (SELECT count(*) FROM copies), (SELECT count(*) FROM copies WHERE said)
FROM found JOIN homes USING (sha256)
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Twice:
    """How much of what is counted is counted several times.

    Args:
        findings: Distinct findings of the tools' last versions in contents that a model has.
        in_models: The same, counted in each model that has the content.
        in_copies: Those of ``in_models`` that stand in a model which is a copy of another.
        copies: Models that are a copy of another one in the study.
        said_so: Those of ``copies`` of which the platform says so; the others have all files of another.
    """

    findings: int
    in_models: int
    in_copies: int
    copies: int
    said_so: int

    def __str__(self) -> str:
        """A sentence for a reader of counts; empty if nothing is counted twice."""
        if self.in_models == self.findings:
            return ""
        copied = (
            f"; {self.in_copies:,} of these in {self.copies:,} models that are copies of others here "
            f"({self.said_so:,} as the platform says, {self.copies - self.said_so:,} by equal files)"
            if self.copies
            else ""
        )
        return f"{self.findings:,} distinct findings count {self.in_models:,} times in models{copied}."


def twice(con: duckdb.DuckDBPyConnection) -> Twice:
    """Count findings once, per model, and in copies.

    Args:
        con: A connection of a study (:meth:`codebook.study.Study.connect`).
    """
    return Twice(*(int(n) for n in con.execute(_COUNTED).fetchall()[0]))
