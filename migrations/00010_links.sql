-- +goose Up

-- One-time links, as mail carries them. Of its token only the SHA-256 is here:
-- a copy of this table opens nothing.
CREATE TABLE links (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The very address that it was made for: it opens nothing for another.
    email      text NOT NULL CHECK (length(email) <= 254),
    -- The address under which no other account may begin while the link lives.
    held_key   text,
    token_hash bytea NOT NULL CONSTRAINT links_token_hash UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    voided_at  timestamptz
);
CREATE INDEX links_user_id ON links (user_id, purpose);
CREATE INDEX links_held_key ON links (held_key) WHERE held_key IS NOT NULL;
CREATE INDEX links_expires_at ON links (expires_at);
