package seed

func init() {
	add(
		Table{Name: "sessions", columns: "id, k, e, user_id, remember, device, ip, created_at, last_seen_at",
			values: "id, encode(key, 'hex'), extract(epoch FROM later)::bigint, id, n % 4 = 0, device, ip, lately, greatest(lately, now() - interval '1 minute' * (n % 1000))"},
		Table{Name: "token_families", columns: "id, user_id, device, ip, created_at, expires_at", values: "id, id, 'curl', ip, lately, later + interval '30 days'"},
		Table{Name: "tokens", columns: "jti, family_id, refresh_hash, issued_at, expires_at", values: "id, id, key, lately, later"},
	)
}
