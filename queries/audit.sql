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

-- The newest entries but refused attempts, and for each day in UTC the newest entry of
-- each counted event: a number of attempts is one row, so that an attack does not hide
-- what else happened. Entries of one transaction have the same time; their ids ascend.
-- name: AuditActivity :many
WITH single AS (
    SELECT id FROM audit_entries
    WHERE audit_entries.user_id = @user_id AND event <> ALL(@attempts::text[])
    ORDER BY at DESC, id DESC LIMIT @most
), days AS (
    SELECT (array_agg(id ORDER BY at DESC, id DESC))[1] AS id, count(*) AS count, count(DISTINCT ip) AS addresses
    FROM audit_entries
    WHERE audit_entries.user_id = @user_id AND audit_entries.at >= @since AND event = ANY(@counted::text[])
    GROUP BY event, date_trunc('day', at, 'UTC')
)
SELECT e.event, e.at, coalesce(host(e.ip), '')::text AS ip, coalesce(e.detail->>'device', '')::text AS device,
       newest.of_day, newest.count, newest.addresses
FROM (SELECT id, false AS of_day, 1::bigint AS count, 1::bigint AS addresses FROM single
      UNION ALL SELECT id, true, count, addresses FROM days) AS newest
JOIN audit_entries e ON e.id = newest.id
ORDER BY e.at DESC, e.id DESC;
