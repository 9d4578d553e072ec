-- name: UserInsert :one
INSERT INTO users (id, email, email_key, name, password_hash)
VALUES (@id, @email, @email_key, @name, @password_hash)
RETURNING *;

-- name: UserCredentials :one
SELECT * FROM users WHERE email_key = @email_key;

-- name: UserByID :one
SELECT * FROM users WHERE id = @id;

-- name: UserProfileUpdate :one
UPDATE users SET name = @name, bio = @bio, updated_at = now() WHERE id = @id RETURNING *;

-- name: UserPasswordUpdate :execrows
UPDATE users SET password_hash = @password_hash, password_set_at = @password_set_at, updated_at = now()
WHERE id = @id AND password_hash = @old_hash;

-- name: UserRehash :execrows
UPDATE users SET password_hash = @password_hash
WHERE id = @id AND password_hash = @old_hash;

-- name: UserDelete :exec
DELETE FROM users WHERE id = @id;

-- name: UserHold :one
SELECT id FROM users
WHERE id = @id AND password_hash = @password_hash AND disabled_at IS NULL
FOR SHARE;

-- name: UserLock :one
SELECT * FROM users WHERE id = @id FOR NO KEY UPDATE;

-- name: UserVerify :execrows
UPDATE users SET email_verified_at = now(), email_failure = NULL, updated_at = now()
WHERE id = @id AND email_verified_at IS NULL;

-- name: UserPasswordReset :one
UPDATE users
SET password_hash = @password_hash, password_set_at = @password_set_at, updated_at = now()
WHERE id = @id
RETURNING *;

-- name: UserEmailUpdate :one
UPDATE users
SET email = @email, email_key = @email_key, email_verified_at = now(), email_failure = NULL, updated_at = now()
WHERE id = @id
RETURNING *;

-- name: ResetRequestInsert :exec
INSERT INTO reset_requests (id, email_key, device, ip, request_id)
VALUES (@id, @email_key, @device, @ip, @request_id);

-- name: ResetRequestTake :one
DELETE FROM reset_requests WHERE id = @id RETURNING *;

-- Deletes requests with an abandoned job.
-- name: ResetRequestExpire :execrows
DELETE FROM reset_requests WHERE id = ANY(ARRAY(
    SELECT id FROM reset_requests WHERE created_at < now() - interval '1 day'
    ORDER BY created_at LIMIT @most FOR UPDATE SKIP LOCKED));
