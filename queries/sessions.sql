-- name: SessionInsert :exec
INSERT INTO sessions (id, k, e, user_id, remember, device, ip)
VALUES (@id, @k, @e, @user_id, @remember, @device, @ip);

-- name: SessionByKey :one
SELECT s.id, s.remember, s.device, s.ip, s.created_at, s.last_seen_at, now()::timestamptz AS read_at,
       sqlc.embed(p)
FROM sessions s JOIN people p ON p.id = s.user_id
WHERE s.k = @k AND s.revoked_at IS NULL;

-- name: SessionSeen :exec
UPDATE sessions SET last_seen_at = now(), ip = @ip WHERE id = @id;

-- name: SessionRekey :execrows
UPDATE sessions SET k = @k, rotated_by = @rotated_by, last_seen_at = now()
WHERE id = @id AND revoked_at IS NULL;

-- name: SessionRekeyAgain :one
UPDATE sessions s SET k = @k
FROM users u
WHERE u.id = s.user_id AND s.rotated_by = @rotated_by AND s.revoked_at IS NULL
  AND u.disabled_at IS NULL AND u.password_set_at > now() - @within::interval
RETURNING s.id, s.remember, s.created_at, s.last_seen_at, now()::timestamptz AS read_at;

-- name: SessionRevoke :execrows
UPDATE sessions
SET revoked_at = now(), v = '', e = extract(epoch FROM now() + interval '10 minutes')::bigint
WHERE id = @id AND user_id = @user_id AND revoked_at IS NULL;

-- name: SessionRevokeOthers :execrows
UPDATE sessions
SET revoked_at = now(), v = '', e = extract(epoch FROM now() + interval '10 minutes')::bigint
WHERE user_id = @user_id AND id <> @keep AND revoked_at IS NULL;

-- name: SessionPage :many
SELECT id, 'browser'::text AS kind, device, ip, remember, created_at, last_seen_at,
       expires_at::timestamptz AS expires_at, now()::timestamptz AS read_at
FROM sessions
WHERE sessions.user_id = @user_id AND revoked_at IS NULL
UNION ALL
SELECT id, 'api'::text, device, ip, false, created_at, last_seen_at, expires_at, now()
FROM token_families
WHERE token_families.user_id = @user_id AND revoked_at IS NULL AND expires_at > now()
ORDER BY last_seen_at DESC
LIMIT 200;

-- name: FamilyInsert :exec
INSERT INTO token_families (id, user_id, device, ip, expires_at)
VALUES (@id, @user_id, @device, @ip, now() + @lifetime::interval);

-- name: FamilySeen :exec
UPDATE token_families SET last_seen_at = now(), ip = @ip WHERE id = @id;

-- name: FamilyRevoke :execrows
UPDATE token_families SET revoked_at = now()
WHERE id = @id AND user_id = @user_id AND revoked_at IS NULL;

-- name: FamilyRevokeOthers :execrows
UPDATE token_families SET revoked_at = now()
WHERE user_id = @user_id AND id <> @keep AND revoked_at IS NULL;

-- name: TokenInsert :one
INSERT INTO tokens (jti, family_id, refresh_hash, issued_at, expires_at)
VALUES (@jti, @family_id, @refresh_hash, now(), now() + @lifetime::interval)
RETURNING issued_at;

-- name: TokenAccess :one
SELECT f.id AS family_id, f.last_seen_at, now()::timestamptz AS read_at,
       sqlc.embed(p)
FROM tokens t
JOIN token_families f ON f.id = t.family_id
JOIN people p ON p.id = f.user_id
WHERE t.jti = @jti AND f.user_id = @user_id
  AND f.revoked_at IS NULL AND f.expires_at > now();

-- name: TokenByJTI :one
SELECT * FROM tokens WHERE jti = @jti;

-- Rotation in one statement is one transaction and one round trip. The second of
-- two concurrent calls waits for the lock of the family and then reads the token
-- as the first call left it. The family is locked before its token, because the
-- deletion of a user locks them in this order.
-- name: TokenRotate :one
WITH family AS MATERIALIZED (
    SELECT f.id FROM tokens t JOIN token_families f ON f.id = t.family_id
    WHERE t.refresh_hash = @refresh_hash FOR NO KEY UPDATE OF f
), old AS MATERIALIZED (
    SELECT t.* FROM family JOIN tokens t ON t.family_id = family.id
    WHERE t.refresh_hash = @refresh_hash FOR NO KEY UPDATE OF t
), live AS (
    SELECT old.jti, f.id AS family_id,
           LEAST(now() + @lifetime::interval, f.created_at + @family_lifetime::interval) AS expires_at
    FROM old
    JOIN token_families f ON f.id = old.family_id
    JOIN people p ON p.id = f.user_id
    WHERE old.rotated_at IS NULL AND old.expires_at > now()
      AND f.revoked_at IS NULL AND f.expires_at > now()
), marked AS (
    UPDATE tokens SET rotated_at = now(), successor_jti = @successor_jti
    FROM live WHERE tokens.jti = live.jti
), seen AS (
    UPDATE token_families f SET last_seen_at = now(), expires_at = live.expires_at, ip = @ip
    FROM live WHERE f.id = live.family_id
), made AS (
    INSERT INTO tokens (jti, family_id, refresh_hash, issued_at, expires_at)
    SELECT @successor_jti, live.family_id, @successor_hash, now(), live.expires_at FROM live
)
SELECT f.id AS family_id, f.user_id, (live.jti IS NOT NULL)::boolean AS rotated,
       old.rotated_at, old.successor_jti,
       (f.revoked_at IS NULL AND f.expires_at > now())::boolean AS alive,
       now()::timestamptz AS read_at
FROM old
JOIN token_families f ON f.id = old.family_id
JOIN people p ON p.id = f.user_id
LEFT JOIN live ON live.jti = old.jti;

-- name: TokenFamily :one
SELECT f.id, f.user_id FROM tokens t JOIN token_families f ON f.id = t.family_id
WHERE t.refresh_hash = @refresh_hash;

-- The middleware wrote expires_at by the clock of its machine, so expires_at does
-- not suffice for a deletion: last_seen_at, by the database's clock, must be old,
-- too. The ids to delete are an array, here and in other queries, so that the plan
-- uses the index whatever it estimates for the limit.
-- name: SessionExpire :execrows
DELETE FROM sessions WHERE id = ANY(ARRAY(
    SELECT id FROM sessions
    WHERE expires_at < now() AND (revoked_at IS NOT NULL OR last_seen_at < now() -
        CASE WHEN remember THEN @remembered_idle::interval ELSE @idle::interval END)
    ORDER BY expires_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- The tokens of a family are deleted with it. A revoked family is kept until it
-- expires, so that the reuse of a stolen token is still detected.
-- name: FamilyExpire :execrows
DELETE FROM token_families WHERE id = ANY(ARRAY(
    SELECT id FROM token_families WHERE expires_at < now() ORDER BY expires_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- Deletes expired tokens of live families. The response to a deleted token is the
-- same as to an unknown one: it is invalid.
-- name: TokenExpire :execrows
DELETE FROM tokens WHERE jti = ANY(ARRAY(
    SELECT jti FROM tokens WHERE expires_at < now() ORDER BY expires_at LIMIT @most FOR UPDATE SKIP LOCKED));

-- name: FamilyKnown :one
SELECT EXISTS (
    SELECT FROM token_families f JOIN users u ON u.id = f.user_id
    WHERE f.user_id = @user_id AND f.device = @device AND f.ip = @ip
      AND (u.password_set_at IS NULL OR f.created_at >= u.password_set_at)
);

-- name: FamilyRevokeSome :execrows
UPDATE token_families SET revoked_at = now() WHERE id = ANY(ARRAY(
    SELECT id FROM token_families WHERE expires_at > now() AND revoked_at IS NULL
    ORDER BY expires_at LIMIT @most));
