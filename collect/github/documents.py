"""The GraphQL documents that are sent: searches, the tails of lists, and threads by name.

How many nodes a document asks for is the product of the sizes on the way to them; GitHub refuses more than 500,000, and
ends what takes longer than ten seconds. It gives 5,000 points an hour, and a document costs a hundredth of the lists
that it asks for, each counted as often as what has it can come (docs.github.com/graphql, "Rate limits and query
limits"). By that rule, with counts of reactions as lists, a page of issues costs 17 points, of pull requests 24, of
discussions 37. So inner lists hold what an ordinary thread has, a few comments, and not more: a thread that has more
costs a tenth of another request.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from collect.github.queries import KINDS, Kind

FIRST = {KINDS["issues"]: 50, KINDS["pull_requests"]: 25, KINDS["discussions"]: 50}
"""Threads on a page. Pull requests have three more lists each, and GitHub takes its time for them."""

JOBS = 10
"""Lists that go on in one request, at up to 100 posts each."""

_MORE = "pageInfo { hasNextPage endCursor }"
_POST = "id body createdAt isMinimized author { ...Person }"
_HEADER = """id number title url body createdAt updatedAt author { ...Person } repository { nameWithOwner }
  labels(first: 100) { nodes { name } } reactions { totalCount }"""

# Anchors are made of fullDatabaseId where there is one: the ids of comments have outgrown the 32 bits of databaseId.
_FRAGMENTS = {
    "Person": "Actor { __typename login ... on User { name } }",
    "Issue": f"Issue {{ __typename {_HEADER} state stateReason comments(first: 30) {{ ...Comments }} }}",
    "PullRequest": f"""PullRequest {{ __typename {_HEADER} state mergedAt comments(first: 30) {{ ...Comments }}
  reviews(first: 20) {{ ...Reviews }} reviewThreads(first: 10) {{ ...ReviewThreads }} }}""",
    "Discussion": f"""Discussion {{ __typename {_HEADER} closed stateReason isAnswered upvoteCount
  category {{ name isAnswerable }} comments(first: 10) {{ ...DiscussionComments }} }}""",
    "Comments": f"""IssueCommentConnection {{ totalCount {_MORE}
  nodes {{ {_POST} fullDatabaseId minimizedReason reactions {{ totalCount }} }} }}""",
    "Reviews": f"PullRequestReviewConnection {{ {_MORE} nodes {{ {_POST} fullDatabaseId state submittedAt }} }}",
    "ReviewThreads": f"""PullRequestReviewThreadConnection {{ {_MORE}
  nodes {{ id comments(first: 5) {{ ...ReviewComments }} }} }}""",
    "ReviewComments": f"""PullRequestReviewCommentConnection {{ {_MORE}
  nodes {{ {_POST} fullDatabaseId reactions {{ totalCount }} replyTo {{ fullDatabaseId }} }} }}""",
    "DiscussionComments": f"""DiscussionCommentConnection {{ totalCount {_MORE}
  nodes {{ ...DiscussionPost replies(first: 5) {{ ...Replies }} }} }}""",
    "Replies": f"DiscussionCommentConnection {{ {_MORE} nodes {{ ...DiscussionPost }} }}",
    "DiscussionPost": f"""DiscussionComment {{ {_POST} databaseId isAnswer minimizedReason upvoteCount
  reactions {{ totalCount }} }}""",
}

_FIELD = {"issue": "issueOrPullRequest", "pull_request": "issueOrPullRequest", "discussion": "discussion"}
_WHOLE = {"issue": "Issue", "pull_request": "PullRequest", "discussion": "Discussion"}

_LISTS = {
    "issue comments": "issue(number: $n) { comments(first: 100, after: $a) { ...Comments } }",
    "pull comments": "pullRequest(number: $n) { comments(first: 100, after: $a) { ...Comments } }",
    "reviews": "pullRequest(number: $n) { reviews(first: 100, after: $a) { ...Reviews } }",
    "review threads": "pullRequest(number: $n) { reviewThreads(first: 50, after: $a) { ...ReviewThreads } }",
    "discussion comments": """discussion(number: $n) { category { isAnswerable }
    comments(first: 50, after: $a) { ...DiscussionComments } }""",
    "review comments": "pullRequest(number: $n) { number }",
    "replies": "discussion(number: $n) { category { isAnswerable } }",
}
_INNER_LISTS = {
    "review comments": "PullRequestReviewThread { id comments(first: 100, after: $a) { ...ReviewComments } }",
    "replies": "DiscussionComment { id databaseId replies(first: 100, after: $a) { ...Replies } }",
}


@dataclass(frozen=True, slots=True)
class Tail:
    """A list of a thread's that goes on after what has come of it.

    Args:
        thread: The thread's native id.
        part: One of the lists of a thread, or of the lists inside those.
        after: The cursor behind which it goes on.
        parent: Node id of the comment or review thread whose list it is.
    """

    thread: str
    part: str
    after: str
    parent: str | None = None

    @property
    def of(self) -> "Tail":
        """The list, wherever it goes on."""
        return replace(self, after="")


def search(kind: Kind, *, changes: bool = False) -> str:
    """The document that lists a page of threads with their posts, for ``query``, ``first`` and ``after``.

    Args:
        kind: What is searched for.
        changes: It also counts what another query, ``window``, finds.
    """
    of, count = ("ISSUE", "issueCount") if kind.qualifier else ("DISCUSSION", "discussionCount")
    window = f"  window: search(query: $window, type: {of}, first: 1) {{ {count} }}\n" if changes else ""
    return _with_fragments(
        f"query Search($query: String!, $first: Int!, $after: String{', $window: String!' if changes else ''}) {{\n"
        f"{window}  search(query: $query, type: {of}, first: $first, after: $after) {{\n"
        f"    {count} {_MORE} nodes {{ __typename ...{_WHOLE[kind.item]} }}\n  }}\n}}\n"
    )


def tails(jobs: Sequence[Tail]) -> tuple[str, dict[str, object]]:
    """The document that goes on with several lists, and its variables, which name the thread of each."""
    fields, variables = [], dict[str, object]()
    for k, job in enumerate(jobs):
        number = _named(k, job.thread, variables)
        variables[f"a{k}"] = job.after
        listed = _LISTS[job.part].replace("$n)", f"${number})")
        fields.append(f"t{k}: repository(owner: $o{k}, name: $r{k}) {{ {listed} }}")
        if job.parent is not None:
            variables[f"p{k}"] = job.parent
            fields.append(f"p{k}: node(id: $p{k}) {{ ... on {_INNER_LISTS[job.part]} }}")
        fields[-1] = fields[-1].replace("$a)", f"$a{k})")
    return _batch("Tails", fields, variables), variables


def threads(kind: Kind, native_ids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """The document that asks for threads by name, and its variables; GitHub follows renames of the repository."""
    fields, variables = [], dict[str, object]()
    for k, native_id in enumerate(native_ids):
        number = _named(k, native_id, variables)
        fields.append(
            f"t{k}: repository(owner: $o{k}, name: $r{k}) {{ {_FIELD[kind.item]}(number: ${number}) {{ __typename "
            f"...{_WHOLE[kind.item]} }} }}"
        )
    return _batch("Threads", fields, variables), variables


def _named(k: int, native_id: str, variables: dict[str, object]) -> str:
    """Set the variables that name a thread, ``n`` for issues and pull requests and ``d`` for discussions."""
    repository, _, number = native_id.partition("#")
    variables[f"o{k}"], _, variables[f"r{k}"] = repository.partition("/")
    name = f"{'d' if number.startswith('d') else 'n'}{k}"
    variables[name] = int(number.removeprefix("d"))
    return name


def _batch(operation: str, fields: Sequence[str], variables: dict[str, object]) -> str:
    types = {"o": "String!", "r": "String!", "n": "Int!", "d": "Int!", "a": "String", "p": "ID!"}
    parameters = ", ".join(f"${name}: {types[name[0]]}" for name in variables)
    return _with_fragments(f"query {operation}({parameters}) {{\n  " + "\n  ".join(fields) + "\n}\n")


def _with_fragments(document: str) -> str:
    """Append the fragments that a document uses, and those that they use; GitHub refuses one that is not used."""
    used: list[str] = []
    waiting = [document]
    while waiting:
        for name in re.findall(r"\.\.\.(\w+)", waiting.pop()):
            if name not in used:
                used.append(name)
                waiting.append(_FRAGMENTS[name])
    return document + "".join(f"fragment {name} on {_FRAGMENTS[name]}\n" for name in sorted(used))
