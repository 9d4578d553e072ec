-- +goose Up

-- Entries leave when they are old, and not before: whoever has broken in as the
-- program, or as the owner, must not remove the traces of it. So the program's
-- role still has no right to delete, and calls this function of the owner's;
-- and the trigger lets deletes of any role touch only what is over a year old.
-- The search path is fixed so that no caller's table takes our table's place.
-- +goose StatementBegin
CREATE FUNCTION audit_entries_expire(keep interval, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER AS $$
    WITH gone AS (
        DELETE FROM audit_entries WHERE id IN (
            SELECT id FROM audit_entries
            WHERE at < now() - greatest(keep, interval '1 year 1 day')
            ORDER BY at LIMIT most
            FOR UPDATE SKIP LOCKED)
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION audit_entries_expire(interval, integer) SET search_path = %I, pg_temp', current_schema());
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit_entries_expire(interval, integer) FROM PUBLIC;

-- +goose StatementBegin
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at >= now() - interval '1 year' THEN
        RAISE EXCEPTION 'audit_entries stay for a year' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
-- +goose StatementEnd
DROP TRIGGER audit_entries_append_only ON audit_entries;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only();
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_stay();
