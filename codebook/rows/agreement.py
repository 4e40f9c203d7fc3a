"""How well coders agree, and whether further threads still bring new codes, as the last runs measured it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Unit

Subject = Literal["code", "theme", "sets", "pooled"]
Measure = Literal[
    "prevalence",
    "percent",
    "cohen",
    "fleiss",
    "alpha",
    "alpha_masi",
    "alpha_jaccard",
    "ac1",
    "pabak",
    "positive",
    "negative",
    "alpha_of_codes",
    "difference",
]

Basis = Annotated[
    str,
    "SHA-256 over who gave what (`codings`, `recode`, `frozen`) and `codebook.yaml` as they were read; where what is "
    "there now gives another one, the row is older than that",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementMeasure(Row):
    """One measure of how well coders agree on one code, theme or all together, in one part of the readings."""

    KEY: ClassVar[tuple[str, ...]] = (
        "subject",
        "level",
        "code",
        "source",
        "round",
        "arm",
        "month",
        "pair",
        "measure",
    )

    subject: Annotated[
        Subject,
        "What is measured: a `code`; a `theme`, with all codes below it as one; whole `sets` of codes; `pooled`, the "
        "disagreements on all codes added",
    ]
    level: Annotated[str, "`codes` as they were given, `themes`, or `level 2` and so on between them"]
    code: Annotated[str | None, "Id of the code or theme (`codebook.yaml`); null for all together"]
    source: Annotated[str | None, "Only readings of threads of this source; null for all"]
    round: Annotated[int | None, "Only readings of this coding round; null for all"]
    arm: Annotated[str | None, "Only readings in this arm, or pairs between two (`one · other`); null for all"]
    month: Annotated[str | None, "Only units last read in this month (`2026-02`, or `undated`); null for all"]
    pair: Annotated[str | None, "Only units that both coders have read (`one · other`); null for all coders"]
    measure: Annotated[Measure, "Which measure; `kappa` is `cohen` of two coders and `fleiss` of more"]
    estimate: Annotated[
        float | None, "The measure: up to 1, `percent` up to 100; null where the data cannot give it (`undefined`)"
    ]
    low: Annotated[float | None, "Lower end of its 95 % interval (BCa bootstrap over threads); null: `no_interval`"]
    high: Annotated[float | None, "Upper end of that interval"]
    undefined: Annotated[str | None, "Why there is no estimate"]
    no_interval: Annotated[str | None, "Why there is no interval"]
    units: Annotated[int, "Units that the measure rests on", Unit("units")]
    coders: Annotated[int, "Coders who have read them; two where two arms are compared", Unit("coders")]
    resamples: Annotated[int, "Resamples that the interval comes from", Unit("resamples")]
    basis: Basis
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class SaturationStep(Row):
    """How many codes had been found when one more thread was coded, and what other orders of the threads give."""

    KEY: ClassVar[tuple[str, ...]] = ("source", "n")

    source: Annotated[str | None, "Threads of this source only; null for the curve of all threads"]
    n: Annotated[int, "Threads coded so far, in the order of coding, from 1", Unit("threads")]
    thread_id: Annotated[str, "The thread that was coded"]
    new_codes: Annotated[int, "Codes that it brought first", Unit("codes")]
    found: Annotated[int, "Distinct codes in the first `n` threads", Unit("codes")]
    expected: Annotated[float, "Mean of that number over all orders of the same threads", Unit("codes")]
    low: Annotated[int, "Lower end of the middle 95 % of random orders (seeded)", Unit("codes")]
    high: Annotated[int, "Upper end of it", Unit("codes")]
    permutations: Annotated[int, "Random orders that were drawn", Unit("orders")]
    basis: Annotated[str, "SHA-256 over who gave what in `codings` as it was read; another one now: the row is older"]
    run_id: RunId
