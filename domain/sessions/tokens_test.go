package sessions_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/platform/fault"
)

// wantCode fails unless err is a fault of that code.
func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Code != code {
		t.Errorf("%s = %v, want %s", what, err, code)
	}
}

func TestRefresh_Rotates(t *testing.T) {
	t.Parallel()
	d, ctx, sc := domaintest.New(t), context.Background(), domaintest.Visitor()
	in := d.Register(t, signin.API)
	next, err := d.Sessions.Refresh(ctx, sc, in.Pair.Refresh)
	if err != nil || next.Refresh == in.Pair.Refresh || next.Access == in.Pair.Access {
		t.Fatalf("Refresh = %+v, %v, want a new pair", next, err)
	}
	bearer, err := d.Sessions.Authenticate(ctx, next.Access)
	if err != nil || bearer.User.ID != in.User.ID {
		t.Fatalf("Authenticate(new) = %v, %v, want the user", bearer.User.ID, err)
	}
	if _, err := d.Sessions.Refresh(ctx, sc, next.Refresh); err != nil {
		t.Errorf("Refresh of the successor: %v", err)
	}
}

func TestRefresh_TwentyAtOnceMakeOneSuccessor(t *testing.T) {
	t.Parallel()
	d, ctx, sc := domaintest.New(t), context.Background(), domaintest.Visitor()
	in := d.Register(t, signin.API)
	var mu sync.Mutex
	var wg sync.WaitGroup
	pairs := map[[2]string]int{}
	for range 20 {
		wg.Go(func() {
			next, err := d.Sessions.Refresh(ctx, sc, in.Pair.Refresh)
			if err != nil {
				t.Errorf("Refresh: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			pairs[[2]string{next.Access, next.Refresh}]++
		})
	}
	wg.Wait()
	if len(pairs) != 1 {
		t.Errorf("20 calls got %d different pairs, want one", len(pairs))
	}
}

func TestRefresh_ReuseEndsTheFamily(t *testing.T) {
	t.Parallel()
	d, ctx, sc := domaintest.New(t), context.Background(), domaintest.Visitor()
	in := d.Register(t, signin.API)
	next, err := d.Sessions.Refresh(ctx, sc, in.Pair.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `UPDATE tokens SET rotated_at = now() - interval '61 seconds'
		WHERE family_id = (SELECT id FROM token_families WHERE user_id = $1) AND rotated_at IS NOT NULL`, in.User.ID.UUID)
	_, err = d.Sessions.Refresh(ctx, sc, in.Pair.Refresh)
	wantCode(t, "Refresh of a used token", err, "refresh_token_reused")
	_, err = d.Sessions.Refresh(ctx, sc, next.Refresh)
	wantCode(t, "Refresh of the successor after reuse", err, "refresh_token_invalid")
	_, err = d.Sessions.Authenticate(ctx, next.Access)
	wantCode(t, "Authenticate after reuse", err, "invalid_token")
}

func TestRefresh_Refused(t *testing.T) {
	t.Parallel()
	d, ctx, sc := domaintest.New(t), context.Background(), domaintest.Visitor()
	for name, set := range map[string]string{
		"token expired":  "UPDATE tokens SET expires_at = now() WHERE family_id = (SELECT id FROM token_families WHERE user_id = $1)",
		"family ended":   "UPDATE token_families SET revoked_at = now() WHERE user_id = $1",
		"family expired": "UPDATE token_families SET expires_at = now() WHERE user_id = $1",
		"disabled":       "UPDATE users SET disabled_at = now() WHERE id = $1",
	} {
		in := d.Register(t, signin.API)
		d.Exec(t, set, in.User.ID.UUID)
		_, err := d.Sessions.Refresh(ctx, sc, in.Pair.Refresh)
		wantCode(t, name, err, "refresh_token_invalid")
	}
	for _, refresh := range []string{"", "stoa_rt_", "no token", "stoa_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		_, err := d.Sessions.Refresh(ctx, sc, refresh)
		wantCode(t, refresh, err, "refresh_token_invalid")
	}
}

func TestRefresh_FamilyEndsAfterNinetyDays(t *testing.T) {
	t.Parallel()
	d, ctx, sc := domaintest.New(t), context.Background(), domaintest.Visitor()
	in := d.Register(t, signin.API)
	d.Exec(t, "UPDATE token_families SET created_at = now() - interval '89 days' WHERE user_id = $1", in.User.ID.UUID)
	if _, err := d.Sessions.Refresh(ctx, sc, in.Pair.Refresh); err != nil {
		t.Fatal(err)
	}
	var short bool
	err := d.DB.QueryRow(ctx, "SELECT expires_at < now() + interval '25 hours' FROM token_families WHERE user_id = $1", in.User.ID.UUID).Scan(&short)
	if err != nil || !short {
		t.Errorf("a family of 89 days lasts for more than another day (%v)", err)
	}
}

func TestEndByRefresh(t *testing.T) {
	t.Parallel()
	d, ctx, sc := domaintest.New(t), context.Background(), domaintest.Visitor()
	in := d.Register(t, signin.API)
	if err := d.Sessions.EndByRefresh(ctx, sc, in.Pair.Refresh); err != nil {
		t.Fatalf("EndByRefresh: %v", err)
	}
	_, err := d.Sessions.Authenticate(ctx, in.Pair.Access)
	wantCode(t, "Authenticate after logout", err, "invalid_token")
	wantCode(t, "EndByRefresh(unknown)", d.Sessions.EndByRefresh(ctx, sc, "stoa_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "refresh_token_invalid")
}

func TestRefresh_DatabaseAwayIsNoVerdict(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.API)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := d.Sessions.Refresh(ctx, domaintest.Visitor(), in.Pair.Refresh)
	if fault.Is(err, fault.Unauthenticated) || !errors.Is(err, context.Canceled) {
		t.Errorf("Refresh without the database = %v, want its error", err)
	}
}
