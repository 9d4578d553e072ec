-- +goose Up

-- Ed25519 keys of the access tokens. The private half is sealed under a key
-- derived from SECRET_KEY: a dump of the database signs nothing.
CREATE TABLE signing_keys (
    kid        text PRIMARY KEY,
    public_key bytea NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);
-- One key signs at a time, also when replicas make the first one together.
CREATE UNIQUE INDEX signing_keys_current ON signing_keys ((true)) WHERE retired_at IS NULL;
