-- +goose Up

-- Security events. No foreign keys: an entry outlives what it speaks of.
CREATE TABLE audit_entries (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    event      text NOT NULL,
    actor_id   uuid,
    user_id    uuid,
    session_id uuid,
    ip         inet,
    request_id text NOT NULL DEFAULT '',
    detail     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_entries_user_id ON audit_entries (user_id, at);
CREATE INDEX audit_entries_at ON audit_entries (at);

-- Append-only, also for the tables' owner while the trigger stands. The
-- program's role has no right to change entries in the first place.
-- +goose StatementBegin
CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only();
