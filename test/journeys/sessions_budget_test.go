package journeys

var _ = made("/settings/sessions", "/api/users/me/sessions", otherSession)

// otherSession signs the caller in with another browser and returns the session's id.
func otherSession(k *caller) string {
	k.T.Helper()
	b := k.app.Browser(k.T)
	b.SignIn(k.p)
	for _, s := range k.c.Sessions() {
		if s.IP == b.Addr {
			return s.ID
		}
	}
	k.T.Fatal("the list of sessions lacks the one of another browser")
	return ""
}

var _ = budget("POST /settings/sessions/revoke-others", 7, endsSession, nil)

// Two tables may have the session. The page reads the list again.
var _ = budget("POST /settings/sessions/:id/revoke", 7, keepsSession, nil)
