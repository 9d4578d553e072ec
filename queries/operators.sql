-- name: UserDisable :execrows
UPDATE users SET disabled_at = now(), updated_at = now() WHERE id = @id AND disabled_at IS NULL;

-- name: UserEnable :execrows
UPDATE users SET disabled_at = NULL, updated_at = now() WHERE id = @id AND disabled_at IS NOT NULL;

-- name: UserPromote :execrows
UPDATE users SET admin = true, updated_at = now() WHERE id = @id AND NOT admin;

-- name: UserPage :many
SELECT * FROM users WHERE id > @after ORDER BY id LIMIT @count;
