package seed

func init() {
	add(
		Table{Name: "links", columns: "id, purpose, user_id, email, held_key, token_hash, created_at, expires_at, used_at",
			values: "id, CASE n % 10 WHEN 0 THEN 'email_undo' ELSE 'verify_email' END, id, address, CASE n % 10 WHEN 0 THEN address END, key, created, later, CASE WHEN n % 10 > 0 THEN created + interval '5 minutes' END"},
	)
}
