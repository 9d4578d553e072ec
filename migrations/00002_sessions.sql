-- +goose Up

-- Browser sessions. Fiber's session middleware reads and writes k, v and e
-- (its storage's columns); the rest is ours, so that a session can be listed,
-- judged and ended.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY DEFAULT '00000000-0000-0000-0000-000000000000',
    -- SHA-256 of the identifier, in hex: a copy of this table opens nothing.
    k            varchar(64) NOT NULL CONSTRAINT sessions_k UNIQUE,
    v            bytea NOT NULL DEFAULT '',
    e            bigint NOT NULL DEFAULT 0,
    -- The default breaks the foreign key on purpose: the storage's upsert can
    -- renew a session that sign-in made, and never make one.
    user_id      uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
                 REFERENCES users (id) ON DELETE CASCADE,
    remember     boolean NOT NULL DEFAULT false,
    device       text NOT NULL DEFAULT '',
    ip           inet NOT NULL DEFAULT '0.0.0.0',
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz,
    expires_at   timestamptz GENERATED ALWAYS AS (to_timestamp(e)) STORED
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- An ended session stays ended: a request that was in flight during the
-- sign-out may still save its copy, and that write must not bring it back.
-- +goose StatementBegin
CREATE FUNCTION sessions_stay_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER sessions_stay_revoked BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION sessions_stay_revoked();

-- API sign-ins: a family is one sign-in, its tokens are the generations of
-- its refresh token, each with the id (jti) of the access token it came with.
CREATE TABLE token_families (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device       text NOT NULL,
    ip           inet NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);
CREATE INDEX token_families_user_id ON token_families (user_id);
CREATE INDEX token_families_expires_at ON token_families (expires_at);

CREATE TABLE tokens (
    jti           uuid PRIMARY KEY,
    family_id     uuid NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
    refresh_hash  bytea NOT NULL CONSTRAINT tokens_refresh_hash UNIQUE,
    issued_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    rotated_at    timestamptz,
    successor_jti uuid
);
CREATE INDEX tokens_family_id ON tokens (family_id);
CREATE INDEX tokens_expires_at ON tokens (expires_at);
