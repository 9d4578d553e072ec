-- +goose Up

-- Who said that a password is forgotten, until a worker has looked whether
-- there is such an account: the request itself does the same for every address.
CREATE TABLE reset_requests (
    id         uuid PRIMARY KEY,
    email_key  text NOT NULL CHECK (length(email_key) <= 254),
    device     text NOT NULL,
    ip         inet NOT NULL,
    request_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
