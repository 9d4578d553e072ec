package journeys

import "net/http"

var _ = budget("GET /docs/api/:noun", 1, keepsSession, func(k *caller) int {
	return k.b.Fetch(http.MethodGet, "/docs/api/sessions", nil).Is(http.StatusOK).Status
})
