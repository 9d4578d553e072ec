-- +goose Up

-- The mail of a development server without SMTP_URL, read at /dev/mail. Rows
-- hold one-time links as they were sent; in production there are none.
CREATE TABLE mailbox (
    id         uuid PRIMARY KEY,
    message_id text NOT NULL CONSTRAINT mailbox_message_id UNIQUE,
    name       text NOT NULL,
    address    text NOT NULL,
    subject    text NOT NULL,
    body_text  text NOT NULL,
    body_html  text NOT NULL,
    source     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
