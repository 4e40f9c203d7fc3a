-- From what stands on pages (views seen_pages, seen_threads, seen_posts, seen_slices; record counts pages and seq what
-- stands on them, oldest first)
-- to the rows of the tables threads, posts, slices and exclusions. The newest record of a key wins.

CREATE TABLE headers AS
SELECT * FROM seen_threads
QUALIFY row_number() OVER (PARTITION BY thread_id ORDER BY seq DESC) = 1;

CREATE TABLE newest_posts AS
SELECT * FROM seen_posts
QUALIFY row_number() OVER (PARTITION BY thread_id, native_id ORDER BY seq DESC) = 1;

CREATE VIEW posts AS
SELECT newest_posts.*,
       row_number() OVER (
           PARTITION BY thread_id
           ORDER BY role <> 'opening', created_at NULLS LAST, length(native_id), native_id
       ) - 1 AS position
FROM newest_posts SEMI JOIN headers USING (thread_id);

CREATE VIEW orphans AS
SELECT * FROM newest_posts ANTI JOIN headers USING (thread_id);

CREATE TABLE described AS
SELECT headers.* EXCLUDE (matched_in),
       coalesce(found.n_posts, 0) AS n_posts,
       CASE WHEN len(headers.matched_in) > 0 THEN ['title'] ELSE []::VARCHAR[] END
       || CASE WHEN found.in_body THEN ['body'] ELSE []::VARCHAR[] END
       || CASE WHEN found.in_comments THEN ['comments'] ELSE []::VARCHAR[] END
       || CASE WHEN found.in_code THEN ['code'] ELSE []::VARCHAR[] END AS matched_in
FROM headers
LEFT JOIN (
    SELECT thread_id,
           count(*) AS n_posts,
           bool_or(role = 'opening' AND list_contains(matched_in, 'prose')) AS in_body,
           bool_or(role <> 'opening' AND list_contains(matched_in, 'prose')) AS in_comments,
           bool_or(list_contains(matched_in, 'code')) AS in_code
    FROM newest_posts GROUP BY thread_id
) AS found USING (thread_id);

CREATE TABLE exclusions AS
SELECT thread_id, 'collect' AS stage, reason, rule AS "by", run_id
FROM (
    SELECT thread_id, run_id, 'match = ' || filter AS rule,
           CASE WHEN filter = 'any' THEN 'no keyword' ELSE 'no keyword in ' || filter END AS reason
    FROM described
    WHERE CASE filter
              WHEN 'none' THEN false
              WHEN 'any' THEN len(matched_in) = 0
              ELSE NOT list_contains(matched_in, filter)
          END
    UNION ALL
    SELECT described.thread_id, described.run_id, 'since and until', 'outside the dates'
    FROM described JOIN windows USING (site)
    WHERE created_at < windows.since OR created_at >= windows.until
);

CREATE VIEW threads AS
SELECT described.*,
       NOT EXISTS (SELECT 1 FROM exclusions WHERE exclusions.thread_id = described.thread_id) AS included
FROM described;

-- What a page said of a slice counts until the same request was answered again. A slice is judged by its newest run;
-- within it, having been asked for in the end beats having been skipped before.
CREATE TABLE newest_slices AS
SELECT seen_slices.* FROM seen_slices
SEMI JOIN (SELECT site, page, max(record) AS record FROM seen_pages GROUP BY site, page) AS newest_pages
    USING (site, page, record)
QUALIFY run_id = first_value(run_id) OVER (PARTITION BY site, query, window_start, window_end ORDER BY seq DESC)
    AND skipped = first_value(skipped) OVER (PARTITION BY site, query, window_start, window_end ORDER BY seq DESC);

CREATE VIEW slices AS
SELECT site AS source, site, query, window_start, window_end, reported, got,
       CASE WHEN skipped THEN 'skipped' WHEN problem IS NOT NULL THEN 'truncated'
            WHEN got < reported THEN 'unfinished' ELSE 'complete' END AS state,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN got < reported THEN 'got ' || got || ' of ' || reported END AS reason,
       run_id
FROM (
    SELECT site, query, window_start, window_end,
           arg_max(reported, seq) AS reported,
           len(list_distinct(flatten(list(hits)))) AS got,
           arg_max(problem, seq) AS problem,
           bool_or(skipped) AS skipped,
           any_value(run_id) AS run_id
    FROM newest_slices
    GROUP BY site, query, window_start, window_end
);
