// Package traces records the spans of requests, their queries and their jobs, and
// sends them to a collector by OTLP. Spans contain names, durations, statuses and
// IDs, but no arguments of queries, email addresses, IP addresses or tokens. The
// spans of requests are made here because OpenTelemetry's adapter for Fiber v2 is
// stale.
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
	// queueSize is the number of ended spans that may wait for the collector.
	// Further ones are dropped: a request never waits for the collector.
	queueSize     = 4096
	exportTimeout = 5 * time.Second
	// logEvery limits the log lines while the collector is unavailable.
	logEvery = time.Minute
)

// Config has the URL of the collector and the attributes of this process.
type Config struct {
	Endpoint    string // URL of the collector without the path of OTLP: http://localhost:4318
	Version     string
	Environment string
}

// Traces creates spans.
type Traces struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New returns traces that are sent in the background. The collector need not be
// available.
func New(ctx context.Context, c Config) (*Traces, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(c.Endpoint+"/v1/traces"), otlptracehttp.WithTimeout(exportTimeout))
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(&errorLog{})
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(queueSize), sdk.WithExportTimeout(exportTimeout)),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "stoa"), attribute.String("service.version", c.Version),
			attribute.String("deployment.environment.name", c.Environment),
		)),
	)
	return &Traces{provider, provider.Tracer("stoa")}, nil
}

// Close sends the waiting spans, until ctx ends.
func (t *Traces) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// errorLog logs errors of the background sender, at most one per logEvery.
type errorLog struct {
	mu   sync.Mutex
	last time.Time
}

// Handle implements otel.ErrorHandler.
func (l *errorLog) Handle(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.last) >= logEvery {
		l.last = time.Now()
		slog.Warn("traces not sent", "error", err)
	}
}
