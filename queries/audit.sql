-- name: AuditInsert :exec
INSERT INTO audit_entries (id, event, actor_id, user_id, session_id, ip, request_id, detail)
VALUES (@id, @event, @actor_id, @user_id, @session_id, @ip, @request_id, CAST(@detail::text AS jsonb));

-- name: AuditExpire :one
SELECT audit_entries_expire(@keep::interval, @most::integer)::bigint;

-- name: AuditFirst :one
SELECT * FROM audit_entries
WHERE user_id = @user_id AND event = @event
ORDER BY at LIMIT 1;

-- name: AuditNewest :many
SELECT * FROM audit_entries
WHERE user_id = @user_id
ORDER BY at DESC LIMIT @count;

-- Refused attempts are grouped by day, so that an attack does not hide what else happened.
-- Entries of one transaction have the same time; their ids ascend.
-- name: AuditActivity :many
WITH single AS (
    SELECT id, event, at, host(ip) AS ip, detail->>'device' AS device, 1::bigint AS count, 1::bigint AS addresses
    FROM audit_entries
    WHERE audit_entries.user_id = @user_id AND event <> ALL(@attempts::text[])
    ORDER BY at DESC, id DESC LIMIT @most
), newest AS (
    SELECT (array_agg(id ORDER BY at DESC))[1] AS id, count(*) AS count, count(DISTINCT ip) AS addresses
    FROM audit_entries
    WHERE audit_entries.user_id = @user_id AND audit_entries.at >= @since AND event = ANY(@attempts::text[])
    GROUP BY event, date_trunc('day', at, 'UTC')
    ORDER BY max(at) DESC LIMIT @most
), attempts AS (
    SELECT e.id, e.event, e.at, host(e.ip) AS ip, e.detail->>'device' AS device, newest.count, newest.addresses
    FROM newest JOIN audit_entries e ON e.id = newest.id
)
SELECT event, at, coalesce(ip, '')::text AS ip, coalesce(device, '')::text AS device, count, addresses
FROM (SELECT * FROM single UNION ALL SELECT * FROM attempts) AS activity
ORDER BY at DESC, id DESC LIMIT @most;

-- name: AuditDaily :many
SELECT date_trunc('day', at, 'UTC')::timestamptz AS day, event, count(*) AS count
FROM audit_entries
WHERE user_id = @user_id AND at >= @since AND event = ANY(@events::text[])
GROUP BY day, event
ORDER BY day;
