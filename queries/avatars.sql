-- name: AvatarInsert :exec
INSERT INTO avatars (name) VALUES (@name);

-- name: AvatarRelease :many
UPDATE avatars SET user_id = NULL WHERE user_id = @user_id::uuid RETURNING name;

-- name: AvatarGive :execrows
UPDATE avatars SET user_id = @user_id::uuid WHERE name = @name AND user_id IS NULL;

-- name: AvatarsOfNobody :many
SELECT name FROM avatars
WHERE user_id IS NULL AND created_at < now() - @age::interval
ORDER BY created_at
LIMIT @count;

-- name: AvatarDelete :execrows
DELETE FROM avatars WHERE name = @name AND user_id IS NULL;

-- name: UserAvatarUpdate :one
UPDATE users SET avatar = @avatar, updated_at = now() WHERE id = @id RETURNING *;
