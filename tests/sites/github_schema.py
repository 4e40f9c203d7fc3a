"""The part of GitHub's GraphQL schema that the local site executes, and how many nodes a document asks for."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    build_schema,
    parse,
    validate,
)

MOST_NODES = 500_000

_TEXT = "body: String! createdAt: DateTime! url: URI! author: Actor"
_COMMENT = f"id: ID! {_TEXT} isMinimized: Boolean! minimizedReason: String"
_THREAD = f"""id: ID! number: Int! title: String! {_TEXT} updatedAt: DateTime! closed: Boolean! repository: Repository!
  labels PAGING: LabelConnection reactions PAGING: ReactionConnection!"""
_CONNECTIONS = {
    "LabelConnection": "Label",
    "IssueCommentConnection": "IssueComment",
    "PullRequestReviewThreadConnection": "PullRequestReviewThread",
    "PullRequestReviewCommentConnection": "PullRequestReviewComment",
    "PullRequestReviewConnection": "PullRequestReview",
    "DiscussionCommentConnection": "DiscussionComment",
}

SCHEMA = build_schema(
    f"""
type Query {{
  search(query: String!, type: SearchType!, first: Int, last: Int, after: String, before: String):
    SearchResultItemConnection!
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
  node(id: ID!): Node
}}
enum SearchType {{ ISSUE REPOSITORY USER DISCUSSION }}
enum DiscussionStateReason {{ RESOLVED OUTDATED DUPLICATE REOPENED }}
enum IssueStateReason {{ COMPLETED DUPLICATE NOT_PLANNED REOPENED }}
enum IssueState {{ CLOSED OPEN }}
enum PullRequestState {{ CLOSED MERGED OPEN }}
enum PullRequestReviewState {{ APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }}
scalar DateTime
scalar URI
scalar BigInt
interface Node {{ id: ID! }}
interface Actor {{ login: String! url: URI! }}
type User implements Actor & Node {{ id: ID! login: String! url: URI! name: String }}
type Bot implements Actor & Node {{ id: ID! login: String! url: URI! }}
union SearchResultItem = Discussion | Issue | PullRequest
union IssueOrPullRequest = Issue | PullRequest
type PageInfo {{ hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }}
type SearchResultItemConnection {{
  issueCount: Int! discussionCount: Int! pageInfo: PageInfo! nodes: [SearchResultItem]
}}
type Repository implements Node {{
  id: ID! name: String! nameWithOwner: String! discussion(number: Int!): Discussion issue(number: Int!): Issue
  pullRequest(number: Int!): PullRequest issueOrPullRequest(number: Int!): IssueOrPullRequest
}}
type DiscussionCategory implements Node {{ id: ID! name: String! isAnswerable: Boolean! }}
type Label implements Node {{ id: ID! name: String! }}
type ReactionConnection {{ totalCount: Int! }}
type Issue implements Node {{
  {_THREAD} state: IssueState! stateReason(enableDuplicate: Boolean = false): IssueStateReason
  comments PAGING: IssueCommentConnection!
}}
type PullRequest implements Node {{
  {_THREAD} state: PullRequestState! mergedAt: DateTime comments PAGING: IssueCommentConnection!
  reviews PAGING: PullRequestReviewConnection reviewThreads PAGING: PullRequestReviewThreadConnection!
}}
type Discussion implements Node {{
  {_THREAD} stateReason: DiscussionStateReason isAnswered: Boolean upvoteCount: Int! category: DiscussionCategory!
  comments PAGING: DiscussionCommentConnection!
}}
type IssueComment implements Node {{ {_COMMENT} fullDatabaseId: BigInt reactions PAGING: ReactionConnection! }}
type PullRequestReview implements Node {{
  {_COMMENT} fullDatabaseId: BigInt state: PullRequestReviewState! submittedAt: DateTime
}}
type PullRequestReviewThread implements Node {{ id: ID! comments PAGING: PullRequestReviewCommentConnection! }}
type PullRequestReviewComment implements Node {{
  {_COMMENT} fullDatabaseId: BigInt replyTo: PullRequestReviewComment reactions PAGING: ReactionConnection!
}}
type DiscussionComment implements Node {{
  {_COMMENT} databaseId: Int isAnswer: Boolean! upvoteCount: Int! replyTo: DiscussionComment discussion: Discussion
  reactions PAGING: ReactionConnection! replies PAGING: DiscussionCommentConnection!
}}
""".replace("PAGING", "(first: Int, last: Int, after: String, before: String)")
    + "\n".join(
        f"type {name} {{ totalCount: Int! pageInfo: PageInfo! nodes: [{of}] }}" for name, of in _CONNECTIONS.items()
    )
)


@cache
def checked(text: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    """A document and what is wrong with it; the same documents come again and again."""
    document = parse(text)
    return document, tuple(validate(SCHEMA, document))


def nodes_asked_for(document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """How many nodes a document can bring: ``first`` of every list, times that of the lists around it."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def inside(selections: SelectionSetNode | None, times: int) -> int:
        total = 0
        for each in selections.selections if selections else ():
            if isinstance(each, FragmentSpreadNode):
                total += inside(fragments[each.name.value].selection_set, times)
                continue
            first = _first(each, variables) if isinstance(each, FieldNode) else None
            total += times * (first or 0) + inside(each.selection_set, times * (first or 1))
        return total

    return sum(inside(d.selection_set, 1) for d in document.definitions if isinstance(d, OperationDefinitionNode))


def _first(field: FieldNode, variables: Mapping[str, Any]) -> int | None:
    value = next((a.value for a in field.arguments or () if a.name.value == "first"), None)
    if isinstance(value, VariableNode):
        return variables.get(value.name.value)
    return int(value.value) if isinstance(value, IntValueNode) else None
