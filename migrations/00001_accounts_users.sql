-- +goose Up
CREATE TABLE users (
    id                uuid PRIMARY KEY,
    email             text NOT NULL CHECK (length(email) <= 254),
    -- Case-folded, with the domain as A-label: one mailbox, one account.
    email_key         text NOT NULL CONSTRAINT users_email_key UNIQUE,
    email_verified_at timestamptz,
    name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    bio               text NOT NULL DEFAULT '' CHECK (length(bio) <= 2000),
    password_hash     text NOT NULL,
    admin             boolean NOT NULL DEFAULT false,
    disabled_at       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);

-- Who may act, as every look-up of a session or token reads them: without the
-- password, and without those who are disabled.
CREATE VIEW people WITH (security_invoker = true) AS
SELECT id, email, email_verified_at, name, bio, admin, created_at, updated_at
FROM users WHERE disabled_at IS NULL;
