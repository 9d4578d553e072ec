-- +goose Up

-- The form that used the link, as a MAC: the same form sent twice, such as by a double
-- click, has the result of the first time.
ALTER TABLE links ADD COLUMN used_by text;

-- Links by which the owner of a mailbox said "This was not me", until they would have
-- expired. The link itself is deleted with its account.
CREATE TABLE disowned_links (
    token_hash bytea PRIMARY KEY,
    purpose    text NOT NULL,
    deleted    boolean NOT NULL, -- the account, too
    expires_at timestamptz NOT NULL
);
CREATE INDEX disowned_links_expires_at ON disowned_links (expires_at);
