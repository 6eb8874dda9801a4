package pgwire_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"millrace/builtin"
	"millrace/engine"
	"millrace/pgwire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves a new engine until the test ends.
func start(t testing.TB, change func(*pgwire.Config)) (*engine.Engine, string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	e, err := engine.Open(t.Context(), engine.Config{Sources: builtin.Sources(), Sinks: builtin.Sinks(t.Output()), DataDir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := pgwire.Config{Engine: e, Auth: pgwire.Trust, Log: log}
	if change != nil {
		change(&cfg)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- pgwire.Serve(ctx, l, cfg) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, l.Addr().String()
}

// connect is pgx's client.
func connect(t testing.TB, addr string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), "postgres://tester@"+addr+"/millrace?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// code is the SQLSTATE that a client was told.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// where is the context of the error.
func where(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Where
	}
	return ""
}
