-- +goose Up

-- Why the newest email to this address was not delivered. NULL: it was delivered,
-- or none is finished.
ALTER TABLE users ADD COLUMN email_failure text
    CONSTRAINT users_email_failure CHECK (email_failure IN ('refused', 'abandoned'));

CREATE OR REPLACE VIEW people WITH (security_invoker = true) AS
SELECT id, email, email_verified_at, name, bio, admin, created_at, updated_at, avatar, email_failure
FROM users WHERE disabled_at IS NULL;
