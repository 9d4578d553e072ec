package pg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A statement may be slow for statementTimeout. When nobody at all has had an
// answer for silence, it may be the server or the way to it: it is asked for a
// sign of life then, and has signOfLife to give one. Both together leave some
// of the 3 s in which a request must hear that it is refused.
const (
	silenceTimeout = time.Second
	probeInterval  = 1750 * time.Millisecond
)

// errStalled is told to those who come while the server answers nobody.
var errStalled = fmt.Errorf("pg: the server answers nobody: %w", context.DeadlineExceeded)

// breaker notices that the server answers nobody, while its connections stay open
// and take what is sent. From then until it gives a sign of life again all who
// wait for it are refused, and all who come: each of them would wait in vain
// for as long as an honest slow statement may take.
type breaker struct {
	alive func(context.Context) bool // asks for a sign of life

	open  context.Context // until close
	close context.CancelFunc

	mu       sync.Mutex
	timer    *time.Timer // calls watch
	watching bool
	waiting  int
	since    time.Time       // when the first of those waiting began
	heard    time.Time       // when the last answer came
	flows    context.Context // ends when the server stalls
	cut      context.CancelFunc
}

// newBreaker returns a stall of the server that gives its signs of life to alive.
func newBreaker(alive func(context.Context) bool) *breaker {
	s := &breaker{alive: alive}
	s.open, s.close = context.WithCancel(context.Background())
	s.flows, s.cut = context.WithCancel(s.open)
	s.timer = time.AfterFunc(silenceTimeout, s.watch)
	return s
}

// wait returns a context for one wait of at most limit, and what to call at its
// end with whether the server answered.
func (s *breaker) wait(ctx context.Context, limit time.Duration) (context.Context, func(answered bool)) {
	flows := s.begin()
	ctx, cancel := context.WithTimeout(ctx, limit)
	stay := context.AfterFunc(flows, cancel)
	return breakerContext{ctx, flows}, func(answered bool) {
		stay()
		cancel()
		s.end(answered)
	}
}

// breakerContext ends as if by its deadline when the server stalls: it was nobody's
// wish.
type breakerContext struct {
	context.Context
	flows context.Context
}

// Err implements context.Context.
func (p breakerContext) Err() error {
	err := p.Context.Err()
	if err != nil && p.flows.Err() != nil {
		return context.DeadlineExceeded
	}
	return err
}

func (s *breaker) begin() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting++; s.waiting == 1 {
		s.since = time.Now()
		s.timer.Reset(silenceTimeout)
	}
	return s.flows
}

func (s *breaker) end(answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting--; s.waiting == 0 {
		s.timer.Stop()
	}
	if answered {
		s.heard = time.Now()
	}
}

// check refuses a new connection while the server is stalled: all that is tried
// meanwhile lies before the server when it comes back, and holds up its return.
func (s *breaker) check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flows.Err() != nil {
		return errStalled
	}
	return nil
}

// watch looks whether somebody has waited too long, and lasts as long as a
// stall does. By then there is time to wait for a sign of life.
func (s *breaker) watch() {
	if !s.first() {
		return
	}
	for limit := probeInterval; s.suspected() && !s.healthy(limit); limit = connectTimeout {
		if limit == probeInterval {
			slog.Warn("PostgreSQL answers nobody, so whoever needs it is refused")
			s.cut()
		}
		time.Sleep(retryPause)
	}
	s.flow()
}

// first reports whether nobody watches yet: one alone asks for a sign of life,
// and looks again for those who begin to wait meanwhile.
func (s *breaker) first() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.watching
	s.watching = true
	return first
}

// suspected reports whether the server may be stalled, or is.
func (s *breaker) suspected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open.Err() == nil && (s.flows.Err() != nil || s.waiting > 0 && s.isPatient() <= 0)
}

// isPatient returns how long nobody need be alarmed yet.
func (s *breaker) isPatient() time.Duration {
	last := s.since
	if s.heard.After(last) {
		last = s.heard
	}
	return time.Until(last.Add(silenceTimeout))
}

// healthy asks for a sign of life; an answer that comes meanwhile is one too.
func (s *breaker) healthy(limit time.Duration) bool {
	asked := time.Now()
	ctx, cancel := context.WithTimeout(s.open, limit)
	defer cancel()
	alive := s.alive(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if alive {
		s.heard = time.Now()
	}
	return s.heard.After(asked)
}

// flow lets everybody wait, and has watch look again after the next silence.
func (s *breaker) flow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	if s.open.Err() != nil {
		return
	}
	if s.flows.Err() != nil {
		slog.Info("PostgreSQL answers again")
		s.flows, s.cut = context.WithCancel(s.open)
	}
	if s.waiting > 0 {
		s.timer.Reset(s.isPatient())
	}
}

// acceptsConnections returns a sign of life: whether the server answers who connects, be it
// with a refusal.
func acceptsConnections(config *pgx.ConnConfig) func(context.Context) bool {
	return func(ctx context.Context) bool {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return isResponse(err)
		}
		_ = conn.Close(ctx) // it has served
		return true
	}
}

// isResponse reports whether a wait that ended with err had an answer.
func isResponse(err error) bool {
	var server *pgconn.PgError
	return err == nil || errors.As(err, &server)
}
