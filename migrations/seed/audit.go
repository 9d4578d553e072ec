package seed

func init() {
	add(
		Table{Name: "audit_entries", columns: "id, at, event, actor_id, user_id, session_id, ip, request_id, detail",
			values: "overlay(id::text PLACING to_hex(turn) FROM 18 FOR 1)::uuid, created + interval '1 minute' * turn, event, id, id, id, ip, 'seed', jsonb_build_object('device', device)",
			each:   "unnest(ARRAY['user.registered', 'session.opened', 'email.verified', 'user.updated']) WITH ORDINALITY AS happened (event, turn)"},
	)
}
