-- +goose Up

-- Counters that all replicas share. Unlogged: a crash of the database starts
-- the windows anew, and no counted call waits for a disk.
CREATE UNLOGGED TABLE rate_limits (
    key     text PRIMARY KEY,
    count   integer NOT NULL,
    ends_at timestamptz NOT NULL
) WITH (fillfactor = 50); -- room for updates in place
CREATE INDEX rate_limits_ends_at ON rate_limits (ends_at);
