"""The data dictionary: one frozen dataclass per table.

A column is an annotated field: its Python type gives the Parquet type, the text in ``Annotated`` its meaning, and a
:class:`Unit` its unit. ``KEY`` names the columns that identify a row and sort the table. ``codebook tables`` prints
all of it; ``codebook.tables`` turns it into Parquet.
"""

from codebook.rows.agreement import AgreementMeasure, SaturationStep
from codebook.rows.arms import Offered, Taken, Withheld
from codebook.rows.audit import Audited
from codebook.rows.claims import Claim, Disagreement, Document, InForce, Release
from codebook.rows.coding import Coding, Decision, Quarantined, Suggestion, Topic, UnitOfCoding
from codebook.rows.column import Row, Unit
from codebook.rows.discussions import Change, EarlierPost, Exclusion, Match, Post, Slice, Thread
from codebook.rows.frozen import Frozen
from codebook.rows.imported import ImportedCoding, ImportedText
from codebook.rows.plan import Planned
from codebook.rows.proposals import Proposal
from codebook.rows.ranking import Ranked
from codebook.rows.recode import Recode
from codebook.rows.risk import Content, Finding, Model, ModelFile, Outcome, Rule, RuleFile, Shard
from codebook.rows.screening import Screened, Screening
from codebook.rows.shown import ShownText

TABLES: dict[str, type[Row]] = {
    "threads": Thread,
    "posts": Post,
    "slices": Slice,
    "exclusions": Exclusion,
    "matches": Match,
    "changes": Change,
    "earlier_posts": EarlierPost,
    "screenings": Screening,
    "screened": Screened,
    "ranking": Ranked,
    "plan": Planned,
    "units": UnitOfCoding,
    "shown": ShownText,
    "offered": Offered,
    "withheld": Withheld,
    "codings": Coding,
    "taken": Taken,
    "quarantine": Quarantined,
    "proposals": Proposal,
    "audit": Audited,
    "recode": Recode,
    "decisions": Decision,
    "frozen": Frozen,
    "agreement": AgreementMeasure,
    "saturation": SaturationStep,
    "imported_texts": ImportedText,
    "imported_codings": ImportedCoding,
    "topics": Topic,
    "suggestions": Suggestion,
    "shards": Shard,
    "models": Model,
    "model_files": ModelFile,
    "contents": Content,
    "rule_files": RuleFile,
    "rules": Rule,
    "outcomes": Outcome,
    "findings": Finding,
    "releases": Release,
    "documents": Document,
    "claims": Claim,
    "in_force": InForce,
    "disagreements": Disagreement,
}
"""Every table of a study folder by its file name, in the order of the work."""

__all__ = [
    "TABLES",
    "AgreementMeasure",
    "Audited",
    "Change",
    "Claim",
    "Coding",
    "Content",
    "Decision",
    "Disagreement",
    "Document",
    "EarlierPost",
    "Exclusion",
    "Finding",
    "Frozen",
    "ImportedCoding",
    "ImportedText",
    "InForce",
    "Match",
    "Model",
    "ModelFile",
    "Offered",
    "Outcome",
    "Planned",
    "Post",
    "Proposal",
    "Quarantined",
    "Ranked",
    "Recode",
    "Release",
    "Row",
    "Rule",
    "RuleFile",
    "SaturationStep",
    "Screened",
    "Screening",
    "Shard",
    "ShownText",
    "Slice",
    "Suggestion",
    "Taken",
    "Thread",
    "Topic",
    "Unit",
    "UnitOfCoding",
    "Withheld",
]
