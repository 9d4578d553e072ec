-- name: LetterInsert :exec
INSERT INTO letters (id, kind, user_id, link_id, message_id, address, name, facts)
VALUES (@id, @kind, @user_id, @link_id, @message_id, @address, @name, @facts);

-- name: LetterWaiting :one
SELECT * FROM letters WHERE id = @id AND finished_at IS NULL;

-- name: LetterFinish :one
UPDATE letters
SET finished_at = now(), outcome = @outcome, address = NULL, name = NULL, facts = NULL
WHERE id = @id AND finished_at IS NULL
RETURNING kind;

-- name: LetterForget :exec
DELETE FROM letters WHERE user_id = @user_id;

-- Abandons emails without an outcome after their job has ended.
-- name: LetterGiveUp :many
UPDATE letters
SET finished_at = now(), outcome = 'abandoned', address = NULL, name = NULL, facts = NULL
WHERE id = ANY(ARRAY(
    SELECT id FROM letters WHERE finished_at IS NULL AND created_at < now() - @after::interval
    ORDER BY created_at LIMIT @most FOR UPDATE SKIP LOCKED))
RETURNING kind;

-- name: LetterExpire :execrows
DELETE FROM letters WHERE id = ANY(ARRAY(
    SELECT id FROM letters WHERE finished_at < now() - @keep::interval
    ORDER BY finished_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- name: LetterPage :many
SELECT kind, created_at, outcome FROM letters
WHERE user_id = @user_id
ORDER BY id DESC LIMIT 1000;
