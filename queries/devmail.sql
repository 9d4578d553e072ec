-- name: MailKeep :exec
INSERT INTO mailbox (id, message_id, name, address, subject, body_text, body_html, source)
VALUES (@id, @message_id, @name, @address, @subject, @body_text, @body_html, @source)
ON CONFLICT (message_id) DO NOTHING;

-- name: MailPage :many
SELECT id, name, address, subject, created_at FROM mailbox ORDER BY id DESC LIMIT 200;

-- name: MailByID :one
SELECT * FROM mailbox WHERE id = @id;

-- name: MailClear :exec
DELETE FROM mailbox;
