-- A refused call is never counted, not even for a moment: concurrent calls would
-- be refused because of it.
-- name: RateLimitTake :one
INSERT INTO rate_limits AS r (key, count, ends_at)
VALUES (@key, 1, now() + @lifetime::interval)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN r.ends_at <= now() THEN 1 ELSE r.count + 1 END,
    ends_at = CASE WHEN r.ends_at <= now() THEN excluded.ends_at ELSE r.ends_at END
    WHERE r.ends_at <= now() OR r.count < @most::int
RETURNING count, extract(epoch FROM ends_at - now())::float8 AS seconds_left;

-- name: RateLimitLeft :one
SELECT extract(epoch FROM ends_at - now())::float8 AS seconds_left FROM rate_limits WHERE key = @key;

-- name: RateLimitGive :exec
UPDATE rate_limits SET count = count - 1 WHERE key = @key AND count > 0 AND ends_at > now();

-- name: RateLimitExpire :execrows
DELETE FROM rate_limits WHERE key = ANY(ARRAY(
    SELECT key FROM rate_limits WHERE ends_at < now() ORDER BY ends_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- name: RateLimitClear :exec
DELETE FROM rate_limits WHERE key = @key;
