package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stoa/test/rig"
)

// hashes compares sign-ins and registrations per second with the password
// hashes per second of this machine, which are their upper bound.
func hashes(ctx context.Context, s *environment, p plan, r *report) error {
	in := signIns("sign-in", s.stoa, s.users)
	up := signUps("sign-up", s.stoa)
	var plain []float64
	for range p.rounds {
		rate, err := s.hashRate(p.hashes, p.cost)
		if err != nil {
			return err
		}
		plain = append(plain, rate)
		if err := interleave(ctx, s.postgres, 1, p.hashes, in, up); err != nil {
			return err
		}
	}
	r.candidates(in, up)
	for _, c := range []*candidate{in, up} {
		ratios := make([]float64, len(plain))
		for i, rate := range plain {
			ratios[i] = c.rounds[i].perSecond() / rate
		}
		r.add(c.name+"s a second", fmt.Sprintf("%.1f", c.median(sample.perSecond)), fmt.Sprintf("%.1f", median(plain)), median(ratios), atLeast(0.95))
	}
	return nil
}

// signIns are API clients that sign in repeatedly.
func signIns(name string, on *rig.App, users []user) *candidate {
	c := &candidate{name: name, server: on}
	for _, one := range users {
		c.visitors = append(c.visitors, signIn(on, one.email))
	}
	return c
}

// signUps are API clients that register one account after the other.
func signUps(name string, on *rig.App) *candidate {
	c := &candidate{name: name, server: on}
	for range connections {
		v := newVisitor(on, "POST", "/api/auth/register", "access_token").body(registration())
		v.next = func(v *visitor) error {
			v.req.SetBodyString(registration())
			return nil
		}
		c.visitors = append(c.visitors, v)
	}
	return c
}

func registration() string {
	return fmt.Sprintf(`{"name":"Ada Lovelace","email":%q,"password":%q}`, newAddress(), password)
}

// hashRate runs the hash yardstick for a while and returns hashes per second.
func (s *environment) hashRate(span time.Duration, cost int) (rate float64, err error) {
	v := newVisitor(s.yardstick, "GET", fmt.Sprintf("/hashes?for=%s&cost=%d", span, cost), "")
	if err := v.call(); err != nil {
		return 0, err
	}
	return rate, json.Unmarshal(v.resp.Body(), &rate)
}
