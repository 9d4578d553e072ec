-- name: SigningKeys :many
SELECT kid, public_key, sealed, retired_at, (created_at > now() - @announced::interval)::boolean AS announced
FROM signing_keys
WHERE retired_at IS NULL OR retired_at > now() - @keep::interval
ORDER BY created_at DESC;

-- name: SigningKeyInsert :execrows
INSERT INTO signing_keys (kid, public_key, sealed) VALUES (@kid, @public_key, @sealed)
ON CONFLICT DO NOTHING;

-- name: SigningKeyRetire :execrows
UPDATE signing_keys SET retired_at = now() WHERE retired_at IS NULL;

-- name: SigningKeyDelete :execrows
DELETE FROM signing_keys;
