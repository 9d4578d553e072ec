-- name: MailKeep :exec
INSERT INTO mailbox (id, message_id, name, address, subject, body_text, body_html, source)
VALUES (@id, @message_id, @name, @address, @subject, @body_text, @body_html, @source)
ON CONFLICT (message_id) DO NOTHING;

-- name: MailPage :many
SELECT id, name, address, subject, created_at FROM mailbox
WHERE id < @older_than
  AND (strpos(lower(subject), lower(@search)) > 0 OR strpos(lower(address), lower(@search)) > 0)
ORDER BY id DESC LIMIT @most;

-- name: MailByID :one
SELECT * FROM mailbox WHERE id = @id;

-- name: MailClear :exec
DELETE FROM mailbox;
