package handlers

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/transport"
	"stoa/platform/jobs"
	"stoa/platform/metrics"
	"stoa/platform/pg"
)

// healthTimeout is how long a health check waits for the database.
const healthTimeout = 2 * time.Second

// OperationsConfig has the dependencies and settings of Operations.
type OperationsConfig struct {
	DB         *pg.DB
	Migrations fs.FS
	Jobs       *jobs.Jobs
	Transport  *transport.Transport
	Version    string
	Metrics    *metrics.Metrics
	// A request for the metrics must send MetricsToken. If it is empty, the
	// metrics are public in development and absent in production.
	MetricsToken string
}

// Operations has the routes for operators, monitoring and load balancers.
type Operations struct {
	OperationsConfig
	migrated atomic.Bool // set once: migrations are never undone
}

// NewOperations returns the routes for operators.
func NewOperations(c OperationsConfig) *Operations { return &Operations{OperationsConfig: c} }

type health struct {
	Status  string            `json:"status"`
	Version string            `json:"version"`
	Checks  map[string]string `json:"checks"`
}

// Health reports whether this replica should get requests. It returns 503 when
// the database is unreachable, lacks migrations or has other ones, and when the replica is
// about to stop.
func (o *Operations) Health(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), healthTimeout)
	defer cancel()
	h := health{Status: "ok", Version: o.Version, Checks: map[string]string{"database": "ok", "migrations": "ok", "jobs": o.Jobs.State()}}
	status := fiber.StatusOK
	down := func(check, state string) {
		status, h.Status, h.Checks[check] = fiber.StatusServiceUnavailable, "unavailable", state
	}
	if err := o.DB.Ping(ctx); err != nil {
		slog.WarnContext(ctx, "health: database", "error", err)
		down("database", "unavailable")
		down("migrations", "unknown")
	} else if state := o.migrations(ctx); state != "ok" {
		down("migrations", state)
	}
	if o.Transport.Draining() {
		status, h.Status = fiber.StatusServiceUnavailable, "stopping"
	}
	return respond.JSON(c, status, h)
}

func (o *Operations) migrations(ctx context.Context) string {
	if o.migrated.Load() {
		return "ok"
	}
	pending, err := o.DB.Pending(ctx, o.Migrations)
	collision := new(pg.Collision)
	switch {
	case errors.As(err, &collision):
		slog.WarnContext(ctx, "health: migrations", "error", err)
		return "collided"
	case err != nil:
		slog.WarnContext(ctx, "health: migrations", "error", err)
		return "unknown"
	case pending > 0:
		return "pending"
	}
	o.migrated.Store(true)
	return "ok"
}

// Live reports that the process runs. It has no dependencies.
func (o *Operations) Live(c *fiber.Ctx) error {
	return respond.JSON(c, fiber.StatusOK, map[string]string{"status": "ok"})
}
