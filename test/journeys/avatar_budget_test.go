package journeys

import (
	"image/color"
	"net/http"
	"stoa/test/rig"
	"strings"
)

var _ = budget("POST /settings/avatar", 10, keepsSession, func(k *caller) int { // includes the pages before and after
	k.b.Open("/settings/profile")
	return k.b.Upload(avatarForm, rig.Picture(k.T, 30, color.White)).Status
})

var _ = budget("POST /settings/avatar/delete", 7, keepsSession, nil)

// A missing picture must cost no more than an existing one.
var _ = budget("GET /avatars/:file", 0, keepsSession, func(k *caller) int {
	k.b.Fetch(http.MethodGet, "/avatars/"+strings.Repeat("0", 32)+"-256.jpg", nil).Is(http.StatusNotFound)
	return http.StatusOK
})
