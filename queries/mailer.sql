-- name: LetterInsert :exec
INSERT INTO letters (id, kind, user_id, link_id, message_id, address, name, facts)
VALUES (@id, @kind, @user_id, @link_id, @message_id, @address, @name, CAST(@facts::text AS jsonb));

-- name: LetterWaiting :one
SELECT sqlc.embed(letters), EXISTS (
    SELECT FROM users u WHERE u.id = letters.user_id AND u.email = letters.address AND u.email_verified_at IS NOT NULL
) AS verified
FROM letters WHERE letters.id = @id AND letters.finished_at IS NULL;

-- Also stores at the user whether emails to this address arrive. The user is locked
-- before the email, because the deletion of a user locks them in this order.
-- name: LetterFinish :one
WITH letter AS MATERIALIZED (
    SELECT user_id, address FROM letters WHERE id = @id AND finished_at IS NULL
), recipient AS (
    UPDATE users SET email_failure = sqlc.narg(failure) FROM letter
    WHERE users.id = letter.user_id AND users.email = letter.address
      AND email_failure IS DISTINCT FROM sqlc.narg(failure) AND @outcome::text <> 'void'
    RETURNING users.id
)
UPDATE letters
SET finished_at = now(), outcome = @outcome::text, address = NULL, name = NULL, facts = NULL
FROM (SELECT count(*) FROM recipient) AS before
WHERE letters.id = @id AND finished_at IS NULL
RETURNING kind;

-- name: LetterForget :exec
DELETE FROM letters WHERE user_id = @user_id;

-- name: LetterOverdue :many
SELECT id FROM letters WHERE finished_at IS NULL AND created_at < now() - @after::interval
ORDER BY created_at LIMIT @most;

-- name: LetterExpire :execrows
DELETE FROM letters WHERE id = ANY(ARRAY(
    SELECT id FROM letters WHERE finished_at < now() - @keep::interval
    ORDER BY finished_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- name: LetterPage :many
SELECT kind, created_at, outcome FROM letters
WHERE user_id = @user_id
ORDER BY id DESC LIMIT 1000;
