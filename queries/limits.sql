-- A refused call is not counted. 0 calls are a check: they count nothing, and start
-- no window.
-- name: RateLimitTake :one
INSERT INTO rate_limits AS r (key, count, ends_at)
VALUES (@key, @calls::int, now() + @lifetime::interval)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN r.ends_at <= now() THEN excluded.count ELSE r.count + excluded.count END,
    ends_at = CASE WHEN r.ends_at <= now() OR r.count = 0 THEN excluded.ends_at ELSE r.ends_at END
    WHERE r.ends_at <= now() OR r.count < @most::int
RETURNING count, extract(epoch FROM ends_at - now())::float8 AS seconds_left;

-- name: RateLimitLeft :one
SELECT extract(epoch FROM ends_at - now())::float8 AS seconds_left FROM rate_limits WHERE key = @key;

-- name: RateLimitExpire :execrows
DELETE FROM rate_limits WHERE key = ANY(ARRAY(
    SELECT key FROM rate_limits WHERE ends_at < now() ORDER BY ends_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- name: RateLimitClear :exec
DELETE FROM rate_limits WHERE key = @key;
