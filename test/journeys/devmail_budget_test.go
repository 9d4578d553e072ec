package journeys

import "net/http"

var _ = budget("GET /dev/mail/:id", 2, keepsSession, func(k *caller) int {
	return k.b.Fetch(http.MethodGet, k.worker.Mailed(k.T, "new_device", "Ada"), nil).Status
})

var _ = budget("GET /dev/mail/:id/html", 1, keepsSession, func(k *caller) int {
	k.app.Raw(k.T, k.worker.Mailed(k.T, "new_device", "Ada")+"/html") // Raw requires 200
	return http.StatusOK
})
