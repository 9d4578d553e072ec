-- +goose Up

-- The program's role still has no right to delete entries. It calls this
-- function of the owner's, which lets go of none younger than the trigger
-- allows. The search path is fixed, so that no caller's table takes our
-- table's place.
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
