package journeys

var _ = budget("POST /api/auth/refresh", 3, keepsSession, func(k *caller) int {
	return k.c.TryRefresh(k.tokens.Refresh).Status
})
