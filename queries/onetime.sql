-- Every transaction that makes or uses a link locks the row of the user first, so
-- that changes to the links of one user happen one after the other.
-- name: LinkOwnerLock :exec
SELECT id FROM users WHERE id = @id FOR NO KEY UPDATE;

-- name: LinkOwnerLockByToken :one
SELECT u.id FROM links l JOIN users u ON u.id = l.user_id
WHERE l.token_hash = @token_hash AND l.purpose = @purpose
FOR NO KEY UPDATE OF u;

-- name: LinkInsert :one
INSERT INTO links (id, purpose, user_id, email, held_key, token_hash, expires_at)
VALUES (@id, @purpose, @user_id, @email, @held_key, @token_hash, now() + @lifetime::interval)
RETURNING *;

-- name: LinkLive :one
SELECT l.* FROM links l JOIN users u ON u.id = l.user_id
WHERE l.token_hash = @token_hash AND l.purpose = @purpose
  AND l.used_at IS NULL AND l.voided_at IS NULL AND l.expires_at > now()
  AND u.disabled_at IS NULL AND (u.email = l.email OR NOT @current_address::boolean);

-- name: LinkUse :one
UPDATE links l SET used_at = now(), used_by = @used_by
FROM users u
WHERE u.id = l.user_id AND l.token_hash = @token_hash AND l.purpose = @purpose
  AND l.used_at IS NULL AND l.voided_at IS NULL AND l.expires_at > now()
  AND u.disabled_at IS NULL AND (u.email = l.email OR NOT @current_address::boolean)
RETURNING l.*;

-- A link that has nothing left to do: the account is as the link would have made it, or
-- has the password that was set with it. The undo link of an earlier change is not done
-- while another change is pending.
-- name: LinkDone :one
SELECT l.* FROM links l JOIN users u ON u.id = l.user_id
WHERE l.token_hash = @token_hash AND l.purpose = @purpose AND u.disabled_at IS NULL
  AND CASE l.purpose
      WHEN 'reset_password' THEN l.used_at IS NOT NULL
      WHEN 'email_undo' THEN u.email = l.email AND l.expires_at > now() AND NOT EXISTS (
          SELECT FROM links c WHERE c.user_id = l.user_id AND c.purpose = 'email_confirm'
            AND c.used_at IS NULL AND c.voided_at IS NULL AND c.expires_at > now())
      ELSE u.email = l.email AND u.email_verified_at IS NOT NULL END;

-- name: LinkDisown :exec
INSERT INTO disowned_links (token_hash, purpose, deleted, expires_at)
VALUES (@token_hash, @purpose, @deleted, @expires_at);

-- name: LinkDisowned :one
SELECT deleted FROM disowned_links WHERE token_hash = @token_hash AND purpose = @purpose;

-- name: DisownedLinkExpire :execrows
DELETE FROM disowned_links WHERE token_hash = ANY(ARRAY(
    SELECT token_hash FROM disowned_links WHERE expires_at < now()
    ORDER BY expires_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- The link that was issued in the transaction that used another one.
-- name: LinkIssuedAt :one
SELECT * FROM links WHERE user_id = @user_id AND purpose = @purpose AND created_at = @at;

-- name: LinkCancel :one
UPDATE links SET voided_at = now()
WHERE user_id = @user_id AND purpose = @purpose
  AND used_at IS NULL AND voided_at IS NULL AND expires_at > now()
RETURNING *;

-- name: LinkVoid :exec
UPDATE links SET voided_at = now()
WHERE user_id = @user_id AND purpose = ANY(@purposes::text[]) AND id >= @since
  AND used_at IS NULL AND voided_at IS NULL;

-- name: LinkByID :one
SELECT l.*, (l.used_at IS NULL AND l.voided_at IS NULL AND l.expires_at > now() AND u.disabled_at IS NULL)::boolean AS live
FROM links l JOIN users u ON u.id = l.user_id
WHERE l.id = @id;

-- name: LinkPending :one
SELECT sqlc.embed(l), EXISTS (
    SELECT FROM letters WHERE letters.user_id = l.user_id AND letters.link_id = l.id AND letters.outcome = 'abandoned') AS undelivered
FROM links l
WHERE l.user_id = @user_id AND l.purpose = @purpose
  AND l.used_at IS NULL AND l.voided_at IS NULL AND l.expires_at > now()
ORDER BY l.id DESC LIMIT 1;

-- name: LinkHolds :one
SELECT EXISTS (
    SELECT FROM links
    WHERE held_key = @held_key AND user_id <> @user_id
      AND used_at IS NULL AND voided_at IS NULL AND expires_at > now()
);

-- name: LinkPage :many
SELECT * FROM links WHERE user_id = @user_id ORDER BY id DESC LIMIT 1000;

-- name: LinkExpire :execrows
DELETE FROM links WHERE id = ANY(ARRAY(
    SELECT id FROM links WHERE expires_at < now() - @keep::interval
    ORDER BY expires_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- name: LinkVoidSome :execrows
UPDATE links SET voided_at = now() WHERE id = ANY(ARRAY(
    SELECT id FROM links WHERE expires_at > now() AND used_at IS NULL AND voided_at IS NULL
    ORDER BY expires_at LIMIT @most));
