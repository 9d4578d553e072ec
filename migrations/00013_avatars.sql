-- +goose Up

-- Every picture whose files may lie in the storage. It is written down before
-- its files are, and forgotten after them: whatever happens between, none lies
-- there for ever.
CREATE TABLE avatars (
    name       text PRIMARY KEY CHECK (name ~ '^[0-9a-f]{32}\.(jpg|png)$'),
    -- Who shows it; nobody yet, or nobody any more.
    user_id    uuid CONSTRAINT avatars_user_id UNIQUE REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX avatars_of_nobody ON avatars (created_at) WHERE user_id IS NULL;

-- The same once more, so that the look-up of a session brings it without
-- looking anywhere else.
ALTER TABLE users ADD COLUMN avatar text;

CREATE OR REPLACE VIEW people WITH (security_invoker = true) AS
SELECT id, email, email_verified_at, name, bio, admin, created_at, updated_at, avatar
FROM users WHERE disabled_at IS NULL;
