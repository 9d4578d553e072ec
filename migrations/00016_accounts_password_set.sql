-- +goose Up

-- When the password was last changed or reset: browsers and API clients that signed in
-- before are not known any more. NULL: the password is that of the registration.
ALTER TABLE users ADD COLUMN password_set_at timestamptz;
