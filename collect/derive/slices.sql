-- From what result pages say of their query and window (view seen_slices) to one row a slice. What a page said counts
-- until the same request was answered again; a page that lists changes adds to what earlier runs have got.

CREATE TABLE slice_records AS
SELECT seen_slices.*, runs.began,
       dense_rank() OVER (ORDER BY site, query, window_start, window_end) AS slice
FROM seen_slices
JOIN runs USING (site, run_id)
JOIN (
    SELECT record, max(record) OVER (PARTITION BY site, page) AS newest,
           max(record) OVER (PARTITION BY site, page, run_id) AS newest_of_run
    FROM seen_pages
) AS answers USING (record)
WHERE record = CASE WHEN changes THEN newest_of_run ELSE newest END;

-- A slice is judged by its newest run; within it, having been asked for in the end beats having been skipped before.
CREATE TABLE judged AS
SELECT slice, any_value(site) AS site, any_value(query) AS query, any_value(window_start) AS window_start,
       any_value(window_end) AS window_end, any_value(run_id) AS run_id, any_value(began) AS began,
       max(record) AS asked, arg_max(reported, seq) AS reported, arg_max(problem, seq) AS problem,
       bool_or(skipped) AS skipped
FROM (
    SELECT * FROM slice_records
    QUALIFY began = max(began) OVER (PARTITION BY slice)
        AND skipped = first_value(skipped) OVER (PARTITION BY slice ORDER BY seq DESC)
)
GROUP BY slice;

-- The hits of the newest run that listed the whole window, and of those that listed changes since.
CREATE TABLE hits AS
SELECT slice, site, hit, max(began) AS listed
FROM (
    SELECT slice, site, began, unnest(hits) AS hit
    FROM (
        SELECT *, max(CASE WHEN NOT changes AND NOT skipped THEN began END) OVER (PARTITION BY slice) AS whole
        FROM slice_records
    )
    WHERE NOT skipped AND (whole IS NULL OR began >= whole)
)
GROUP BY slice, site, hit;

-- A thread that has gone since it was listed is not among the hits that the site counts now.
CREATE TABLE received AS
SELECT hits.slice, count(DISTINCT coalesce(gone_now.now, hit)) AS got
FROM hits
JOIN judged USING (slice)
LEFT JOIN gone_now
    ON gone_now.site = hits.site AND gone_now.native_id = hit
    AND gone_now.began > listed AND gone_now.began <= judged.began
WHERE gone_now.native_id IS NULL OR gone_now.now IS NOT NULL
GROUP BY hits.slice;

-- Slices whose time was asked for again in other windows; see collect.coverage.
CREATE TABLE replaced_slices (slice BIGINT);

CREATE VIEW slices AS
SELECT site AS source, site, query, window_start, window_end, reported, got,
       CASE WHEN skipped THEN 'skipped' WHEN problem IS NOT NULL THEN 'truncated'
            WHEN got < reported THEN 'unfinished' ELSE 'complete' END AS state,
       CASE WHEN problem IS NOT NULL THEN problem
            WHEN got < reported THEN 'got ' || got || ' of ' || reported END AS reason,
       run_id
FROM (
    SELECT judged.*, CASE WHEN skipped THEN 0 ELSE coalesce(received.got, 0) END AS got
    FROM judged LEFT JOIN received USING (slice)
)
ANTI JOIN replaced_slices USING (slice);
