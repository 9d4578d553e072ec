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
