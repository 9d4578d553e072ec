// Package audit keeps the append-only entries of security events. An entry is
// written in the transaction of the change that it records: neither is stored
// without the other.
package audit

import (
	"context"
	"fmt"
	"log/slog"
	"maps"

	"github.com/go-json-experiment/json/v1"
	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// Event names a security event: noun, dot, past participle. Each package defines
// the events that it records.
type Event string

// Device is the key of the client's name in the detail of each entry with a client.
const Device = "device"

// Entry is one security event. It never contains a password, token or cookie, nor
// the full email address of a client without an account.
type Entry struct {
	Event  Event
	User   scope.UserID   // the user concerned; zero when unknown
	Detail map[string]any // small and flat
}

var queries = db.New()

// Record writes the entry in the caller's transaction, and one log line after the
// commit. When it returns an error, the caller must roll back.
func Record(ctx context.Context, tx *pg.Tx, s scope.Scope, e Entry) error {
	e.Detail = withDevice(e.Detail, s.Request.Device)
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	row := db.AuditInsertParams{
		ID: uuid.Must(uuid.NewV7()), Event: string(e.Event), ActorID: s.Actor(),
		RequestID: s.Request.ID, Detail: string(detail),
	}
	if e.User.UUID != uuid.Nil {
		row.UserID = &e.User.UUID
	}
	if s.Session.UUID != uuid.Nil {
		row.SessionID = &s.Session.UUID
	}
	if s.Request.Addr.IsValid() {
		row.IP = &s.Request.Addr
	}
	if err := queries.AuditInsert(ctx, tx, row); err != nil {
		return fmt.Errorf("audit %s: %w", e.Event, err)
	}
	tx.AfterCommit(func() { logEntry(ctx, s, e) })
	return nil
}

// withDevice returns the detail with the name of the client, which is "" in the operator's
// shell.
func withDevice(detail map[string]any, device string) map[string]any {
	all := map[string]any{}
	maps.Copy(all, detail)
	if device != "" {
		all[Device] = device
	}
	return all
}

// logEntry writes the event's log line (ASVS 16.2.1: when, where, who, what).
func logEntry(ctx context.Context, s scope.Scope, e Entry) {
	attrs := []slog.Attr{slog.String("event", string(e.Event)), slog.String("ip", s.Request.Addr.String())}
	if actor := s.Actor(); actor != nil {
		attrs = append(attrs, slog.String("actor_id", actor.String()))
	}
	if e.User.UUID != uuid.Nil {
		attrs = append(attrs, slog.String("subject_id", e.User.String()))
	}
	for name, value := range e.Detail {
		attrs = append(attrs, slog.Any(name, value))
	}
	slog.LogAttrs(ctx, slog.LevelInfo, "security event", attrs...)
}
