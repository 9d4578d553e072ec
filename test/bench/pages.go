package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stoa/test/rig"
)

// pages compares pages and API calls with yardsticks of the same kind.
func pages(ctx context.Context, s *environment, p plan, r *report) error {
	users := s.users
	yardPage, yardJSON := s.yardPages(users, "/page", "Your session"), s.yardPages(users, "/json", "expires_at")
	dashboard := dashboards("dashboard", s.stoa, users)
	packed := dashboards("dashboard, br", s.stoa, users, "Accept-Encoding", "gzip, deflate, br, zstd")
	me, meLimited := callsOfMe("me, limits off", s.unlimited, users), callsOfMe("me, limits on", s.stoa, users)
	refresh := refreshes("refresh", s.stoa, users)
	all := []*candidate{yardPage, dashboard, packed, yardJSON, me, meLimited, refresh}
	if err := interleave(ctx, s.postgres, p.rounds, p.pages, all...); err != nil {
		return err
	}
	r.candidates(all...)
	r.cpu("signed-in dashboard", dashboard, yardPage, atMost(1.5))
	r.cpu("the same, compressed for a browser", packed, yardPage, noGoal)
	r.cpu("GET /api/users/me, limits off", me, yardJSON, atMost(2.5))
	r.cpu("GET /api/users/me, limits on", meLimited, yardJSON, atMost(4))
	r.cpu("rotating refresh", refresh, yardPage, atMost(2.5))
	return nil
}

// yardPages are visitors of a yardstick, each with an existing session.
func (s *environment) yardPages(users []user, path, want string) *candidate {
	keys := rig.Ask[[]string](s.t, s.stoa, "SELECT array(SELECT k FROM sessions LIMIT $1)", len(users))
	c := &candidate{name: "yardstick " + path, server: s.yardstick}
	for i := range users {
		c.visitors = append(c.visitors, newVisitor(s.yardstick, "GET", path, want, "Cookie", "session="+keys[i]))
	}
	return c
}

// dashboards are browsers that open the dashboard.
func dashboards(name string, on *rig.App, users []user, header ...string) *candidate {
	return opened("/dashboard", name, on, users, header...)
}

// profiles are browsers that open the settings of the profile.
func profiles(name string, on *rig.App, users []user) *candidate {
	return opened("/settings/profile", name, on, users)
}

// opened are browsers that open a page of their users. With header they accept
// compressed responses, and the text of these is not checked.
func opened(path, name string, on *rig.App, users []user, header ...string) *candidate {
	c := &candidate{name: name, server: on}
	want := "Ada Lovelace"
	if len(header) > 0 {
		want = ""
	}
	for _, one := range users {
		c.visitors = append(c.visitors, newVisitor(on, "GET", path, want, append(header, "Cookie", one.cookie)...))
	}
	return c
}

func callsOfMe(name string, on *rig.App, users []user) *candidate {
	c := &candidate{name: name, server: on}
	for _, one := range users {
		c.visitors = append(c.visitors, newVisitor(on, "GET", "/api/users/me", one.email, "Authorization", "Bearer "+one.access))
	}
	return c
}

// refreshes are API clients that rotate their refresh token repeatedly.
func refreshes(name string, on *rig.App, users []user) *candidate {
	c := &candidate{name: name, server: on}
	for _, one := range users {
		v := newVisitor(on, "POST", "/api/auth/refresh", "refresh_token").body(refreshBody(one.refresh))
		v.next = func(v *visitor) error {
			_, refresh, err := tokens(v.resp.Body())
			v.req.SetBodyString(refreshBody(refresh))
			return err
		}
		c.visitors = append(c.visitors, v)
	}
	return c
}

func refreshBody(token string) string { return `{"refresh_token":"` + token + `"}` }

// inMicroseconds writes a time as µs, for tables.
func inMicroseconds(d time.Duration) string {
	return strings.TrimSpace(fmt.Sprintf("%6.0f µs", float64(d)/float64(time.Microsecond)))
}

// inMilliseconds writes a time as ms, for tables.
func inMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
