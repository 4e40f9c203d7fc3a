-- From the newest states (newest.sql) and what was found out about them (views found_*) to the rows of the
-- tables. Table wanted: the words of study.toml that leave threads out, by key.

CREATE TABLE described AS
SELECT found_described.*, duplicate_group
FROM found_described LEFT JOIN found_grouped USING (thread_id);

CREATE TABLE reasons AS
SELECT thread_id, run_id, 'match = ' || filter AS rule,
       CASE WHEN filter = 'any' THEN 'no keyword' ELSE 'no keyword in ' || filter END AS reason
FROM described
WHERE CASE filter
          WHEN 'none' THEN false
          WHEN 'any' THEN len(matched_in) = 0
          ELSE NOT list_contains(matched_in, filter)
      END
UNION ALL
SELECT thread_id, run_id, 'exclude', 'keyword only in code or log'
FROM described
WHERE 'keyword only in code or log' IN (SELECT word FROM wanted WHERE key = 'exclude')
  AND filter <> 'none' AND len(matched_in) > 0 AND list_has_all(['code', 'log'], matched_in)
UNION ALL
SELECT described.thread_id, described.run_id, 'since and until', 'outside the dates'
FROM described JOIN windows USING (site)
WHERE created_at < windows.since OR created_at >= windows.until
UNION ALL
SELECT thread_id, run_id, 'author_kind', 'bot' FROM described WHERE by_bots
UNION ALL
SELECT thread_id, run_id, 'languages = ' || (SELECT string_agg(word, ', ' ORDER BY word) FROM wanted WHERE key = 'languages'),
       'language'
FROM described
WHERE language NOT IN (SELECT word FROM wanted WHERE key = 'languages')
  AND EXISTS (SELECT 1 FROM wanted WHERE key = 'languages')
UNION ALL
-- The same thread stands in the tables under the id that it has now.
SELECT described.thread_id, described.run_id, 'now ' || there.thread_id, 'renamed'
FROM described
JOIN gone_now USING (thread_id)
JOIN described AS there ON there.site = described.site AND there.native_id = gone_now.now
WHERE described.gone = 'renamed' AND there.gone IS NULL;

CREATE TABLE exclusions AS
SELECT thread_id, 'collect' AS stage, reason, rule AS "by", run_id FROM reasons
UNION ALL
SELECT thread_id, 'collect', 'duplicate', 'copy of ' || kept, run_id
FROM (
    SELECT thread_id, run_id, first_value(thread_id) OVER oldest AS kept
    FROM described ANTI JOIN reasons USING (thread_id)
    WHERE duplicate_group IS NOT NULL AND 'duplicate' IN (SELECT word FROM wanted WHERE key = 'exclude')
    WINDOW oldest AS (PARTITION BY duplicate_group ORDER BY created_at NULLS LAST, thread_id)
)
WHERE thread_id <> kept;

CREATE VIEW threads AS
SELECT described.*,
       NOT EXISTS (SELECT 1 FROM exclusions WHERE exclusions.thread_id = described.thread_id) AS included
FROM described;

CREATE VIEW posts AS SELECT * FROM found_posts;

CREATE VIEW matches AS SELECT * FROM found_matches;

CREATE VIEW earlier_posts AS
SELECT found_earlier_posts.*
FROM found_earlier_posts
ANTI JOIN (
    SELECT post_id, sha256(body) AS sha256 FROM found_posts SEMI JOIN found_earlier_posts USING (post_id)
) AS present USING (post_id, sha256)
QUALIFY row_number() OVER (PARTITION BY post_id, sha256 ORDER BY run_id, page) = 1;

-- A finished run against the finished runs before it.
CREATE TABLE changes AS
WITH steps AS (
    SELECT thread_id, run_id, began, version, lag(version) OVER thread AS before,
           lag(content) OVER thread IS NULL AS first,
           content IS DISTINCT FROM lag(content) OVER thread AS fresh
    FROM thread_ends WHERE finished
    WINDOW thread AS (PARTITION BY thread_id ORDER BY last)
), touched AS (
    SELECT thread_id, run_id, count(*) AS n_posts
    FROM (
        SELECT thread_id, native_id, run_id
        FROM (
            SELECT thread_id, native_id, run_id,
                   content IS DISTINCT FROM lag(content) OVER (PARTITION BY thread_id, native_id ORDER BY last) AS fresh
            FROM post_ends WHERE finished
        ) WHERE fresh
        UNION
        SELECT thread_id, native_id, run_id FROM lost_posts
    ) GROUP BY thread_id, run_id
), moved AS (
    SELECT thread_id, run_id, native_id, why, now FROM (
        SELECT *, why IS DISTINCT FROM lag(why) OVER (PARTITION BY thread_id ORDER BY last) AS fresh
        FROM presence WHERE finished
    ) WHERE fresh
), changed AS (
    SELECT thread_id, run_id FROM steps WHERE first OR fresh
    UNION SELECT thread_id, run_id FROM touched
    UNION SELECT thread_id, run_id FROM moved
), renamed_to AS (
    SELECT DISTINCT site || ':' || now AS thread_id FROM gone_records WHERE finished AND now IS NOT NULL
)
SELECT changed.thread_id, changed.run_id, coalesce(n_posts, 0) AS n_posts,
       CASE WHEN why IS NOT NULL THEN why WHEN first THEN 'new' ELSE 'updated' END AS change,
       CASE why WHEN 'renamed' THEN moved.native_id ELSE coalesce(before, CASE WHEN why IS NOT NULL THEN headers.version END)
       END AS before,
       CASE WHEN why IS NULL THEN steps.version ELSE now END AS after
FROM changed
JOIN headers USING (thread_id)
JOIN (SELECT thread_id, min(began) AS first_began FROM steps GROUP BY thread_id) AS firsts USING (thread_id)
JOIN runs ON runs.site = headers.site AND runs.run_id = changed.run_id
LEFT JOIN steps ON steps.thread_id = changed.thread_id AND steps.run_id = changed.run_id
LEFT JOIN touched ON touched.thread_id = changed.thread_id AND touched.run_id = changed.run_id
LEFT JOIN moved ON moved.thread_id = changed.thread_id AND moved.run_id = changed.run_id
WHERE runs.began >= first_began
  AND NOT (coalesce(first, false) AND why IS NULL AND changed.thread_id IN (SELECT thread_id FROM renamed_to));
