-- From what stands on pages (views seen_*; record counts pages and seq what stands on them, oldest first; table
-- finished: ids of the runs that were finished) to the newest state of each thread and post.

CREATE TABLE runs AS
SELECT site, run_id, min(record) AS began, bool_or(run_id IN (SELECT run_id FROM finished)) AS finished
FROM seen_pages GROUP BY site, run_id;

-- Not every page shows all of a header. What it leaves out is as it was: the uid always, and what may change with the
-- thread as long as its version is the same.
CREATE TABLE known AS
WITH marked AS (
    SELECT * REPLACE (
        last_value(uid IGNORE NULLS) OVER so_far AS uid,
        last_value(version IGNORE NULLS) OVER so_far AS version)
    FROM seen_threads
    WINDOW so_far AS (PARTITION BY thread_id ORDER BY seq)
), filled AS (
    SELECT * REPLACE (
        CASE WHEN version IS NULL THEN state ELSE last_value(state IGNORE NULLS) OVER same END AS state,
        CASE WHEN version IS NULL THEN n_reported ELSE last_value(n_reported IGNORE NULLS) OVER same END AS n_reported,
        CASE WHEN version IS NULL THEN created_at ELSE last_value(created_at IGNORE NULLS) OVER same END AS created_at)
    FROM marked
    WINDOW same AS (PARTITION BY thread_id, version ORDER BY seq)
)
SELECT filled.*, runs.began, runs.finished,
       hash((source, item, url, title, state, created_at, author, labels, n_reported, uid, version)) AS content
FROM filled JOIN runs USING (site, run_id);

-- What each run left of a thread and of a post: pages of one run may show the same thing in passing states.
CREATE TABLE thread_ends AS
SELECT thread_id, run_id, began, finished, max(seq) AS last, arg_max(content, seq) AS content,
       arg_max(version, seq) AS version
FROM known GROUP BY thread_id, run_id, began, finished;

CREATE TABLE post_ends AS
SELECT thread_id, native_id, run_id, began, finished, max(seq) AS last, arg_max(content, seq) AS content
FROM seen_posts JOIN runs USING (site, run_id)
GROUP BY thread_id, native_id, run_id, began, finished;

-- A row is of the first record that shows it as it is now, in a finished run if there is one: a later run that sees the
-- same changes nothing.
CREATE TABLE headers AS
WITH steps AS (
    SELECT *, content IS DISTINCT FROM lag(content) OVER (PARTITION BY thread_id ORDER BY last) AS fresh
    FROM thread_ends
), stretches AS (
    SELECT thread_id, run_id, content, sum(fresh::INT) OVER (PARTITION BY thread_id ORDER BY last) AS stretch
    FROM steps
)
SELECT known.* EXCLUDE (seq, record, began, content)
FROM known JOIN stretches USING (thread_id, run_id, content)
QUALIFY row_number() OVER (PARTITION BY thread_id ORDER BY stretch DESC, NOT finished, seq) = 1;

CREATE TABLE newest_posts AS
WITH steps AS (
    SELECT *, content IS DISTINCT FROM lag(content) OVER (PARTITION BY thread_id, native_id ORDER BY last) AS fresh
    FROM post_ends
), stretches AS (
    SELECT thread_id, native_id, run_id, content, began, finished,
           sum(fresh::INT) OVER (PARTITION BY thread_id, native_id ORDER BY last) AS stretch,
           max(began) OVER (PARTITION BY thread_id, native_id) AS last_began
    FROM steps
)
SELECT thread_id, native_id, later, created_at, text, place, page, run_id, last_began
FROM seen_posts JOIN stretches USING (thread_id, native_id, run_id, content)
QUALIFY row_number() OVER (PARTITION BY thread_id, native_id ORDER BY stretch DESC, NOT finished, seq) = 1;

-- A finished run that met a thread in another version has asked for all of it again.
CREATE TABLE refetched AS
SELECT thread_id, run_id, began
FROM thread_ends
WHERE finished AND version IS NOT NULL
QUALIFY version <> lag(version) OVER (PARTITION BY thread_id ORDER BY last);

-- Posts that did not come again, with the first run that missed them.
CREATE TABLE lost_posts AS
SELECT thread_id, native_id, arg_min(refetched.run_id, refetched.began) AS run_id
FROM newest_posts JOIN refetched USING (thread_id)
WHERE refetched.began > last_began
GROUP BY thread_id, native_id;

-- An id under which the uid of another thread turns up: that thread has been renamed.
CREATE TABLE gone_records AS
SELECT thread_id, native_id, site, why, now, run_id, seq, began, finished
FROM seen_gone JOIN runs USING (site, run_id)
UNION ALL
SELECT before.thread_id, before.native_id, site, 'renamed', native_id, run_id, seq, began, finished
FROM (
    SELECT site, native_id, run_id, seq, began, finished,
           lag({'thread_id': thread_id, 'native_id': native_id}) OVER (PARTITION BY site, item, uid ORDER BY seq)
               AS before
    FROM known WHERE uid IS NOT NULL
)
WHERE before.thread_id IS NOT NULL AND before.native_id <> native_id;

-- Whether each run left a thread where it was; why is null for threads that are there.
CREATE TABLE presence AS
SELECT thread_id, native_id, site, run_id, began, finished, max(seq) AS last, unnest(arg_max(found, seq))
FROM (
    SELECT thread_id, native_id, site, run_id, began, finished, seq, {'why': why, 'now': now} AS found
    FROM gone_records
    UNION ALL
    SELECT thread_id, native_id, site, run_id, began, finished, seq, {'why': NULL, 'now': NULL} FROM known
)
GROUP BY thread_id, native_id, site, run_id, began, finished;

DROP TABLE known;  -- memory

CREATE TABLE gone_now AS
SELECT thread_id, native_id, site, why, now, began FROM presence
QUALIFY row_number() OVER (PARTITION BY thread_id ORDER BY last DESC) = 1 AND why IS NOT NULL;

CREATE VIEW headers_in_order AS
SELECT headers.*, gone_now.why AS gone
FROM headers LEFT JOIN gone_now USING (thread_id)
ORDER BY headers.thread_id;

CREATE VIEW posts_in_order AS
SELECT thread_id, place, page, newest_posts.run_id, lost_posts.thread_id IS NOT NULL AS gone,
       row_number() OVER (
           PARTITION BY thread_id
           ORDER BY later, created_at NULLS LAST, length(native_id), native_id
       ) - 1 AS position
FROM newest_posts SEMI JOIN headers USING (thread_id) LEFT JOIN lost_posts USING (thread_id, native_id)
ORDER BY thread_id, position;

CREATE VIEW orphans AS
SELECT thread_id, native_id FROM newest_posts ANTI JOIN headers USING (thread_id);

-- Texts that a post had and has not any more, the first record of each.
CREATE VIEW superseded AS
SELECT seen_posts.place, seen_posts.page, seen_posts.run_id
FROM seen_posts
JOIN newest_posts USING (thread_id, native_id)
JOIN runs ON runs.site = seen_posts.site AND runs.run_id = seen_posts.run_id
SEMI JOIN headers USING (thread_id)
WHERE seen_posts.text <> newest_posts.text
QUALIFY row_number() OVER (
    PARTITION BY thread_id, seen_posts.native_id, seen_posts.text ORDER BY NOT finished, seq) = 1
ORDER BY place;
