-- +goose Up

-- The form that gave the session its newest identifier, as a MAC: a browser that sends it
-- twice has discarded the response to the first one, and with it the identifier.
ALTER TABLE sessions ADD COLUMN rotated_by text;
CREATE INDEX sessions_rotated_by ON sessions (rotated_by) WHERE rotated_by IS NOT NULL;
