// Package traces follows a request through its queries and jobs, and sends what
// it saw to a collector by OTLP. Spans hold names, durations, statuses and ids:
// no arguments, addresses or tokens.
package traces

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// queueSize is how many ended spans wait for the collector. When it is away,
	// further ones are dropped: a request never waits for it.
	queueSize     = 4096
	exportTimeout = 5 * time.Second
	// complainEvery keeps a collector that is away from filling the log.
	complainEvery = time.Minute
)

// Config says where traces go and who sends them.
type Config struct {
	Endpoint    string // of the collector, without OTLP's path: http://localhost:4318
	Version     string
	Environment string
}

// Traces makes spans.
type Traces struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New returns traces that are sent in the background. The collector need not
// be there.
func New(ctx context.Context, c Config) (*Traces, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(c.Endpoint+"/v1/traces"), otlptracehttp.WithTimeout(exportTimeout))
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(&complaints{})
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(queueSize), sdk.WithExportTimeout(exportTimeout)),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "stoa"), attribute.String("service.version", c.Version),
			attribute.String("deployment.environment.name", c.Environment),
		)),
	)
	return &Traces{provider, provider.Tracer("stoa")}, nil
}

// Close sends what waits, until ctx ends.
func (t *Traces) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// complaints logs what goes wrong in the background, now and then.
type complaints struct {
	mu   sync.Mutex
	last time.Time
}

// Handle implements otel.ErrorHandler.
func (c *complaints) Handle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.last) >= complainEvery {
		c.last = time.Now()
		slog.Warn("traces are not sent", "error", err)
	}
}
