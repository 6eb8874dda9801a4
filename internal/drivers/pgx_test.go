//go:build services

package drivers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// connect opens a connection of pgx in a way of asking.
func (s *server) connect(t *testing.T, mode pgx.QueryExecMode) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s", user, url.PathEscape(password), s.port, database))
	if err != nil {
		t.Fatal(err)
	}
	cfg.DefaultQueryExecMode = mode
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestPgxInEachOfItsModes(t *testing.T) {
	s := serve(t)
	s.schema(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		t.Run(mode.String(), func(t *testing.T) {
			conn := s.connect(t, mode)
			ctx := t.Context()
			var name string
			var since pgtype.Date
			if err := conn.QueryRow(ctx, "SELECT name, since FROM customers WHERE id = $1", 1).Scan(&name, &since); err != nil {
				t.Fatal(err)
			}
			if got := name + since.Time.Format(" 2006-01-02"); got != "Ann 2026-01-01" {
				t.Errorf("got %s", got)
			}
			rows, err := conn.Query(ctx, "SELECT id, amount::float8, at FROM orders WHERE amount > $1 AND at < $2 ORDER BY id", 8, time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			type order struct {
				ID     int64
				Amount float64
				At     time.Time
			}
			got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[order])
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].ID != 10 || got[0].Amount != 12.5 || !got[0].At.Equal(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)) {
				t.Errorf("got %v", got)
			}
			b := &pgx.Batch{}
			for i := range 5 {
				b.Queue("SELECT $1::int * 2", i)
			}
			res := conn.SendBatch(ctx, b)
			for i := range 5 {
				var n int
				if err := res.QueryRow().Scan(&n); err != nil || n != 2*i {
					t.Errorf("batch %d: got %d, %v", i, n, err)
				}
			}
			if err := res.Close(); err != nil {
				t.Error(err)
			}
			_, err = conn.Exec(ctx, "SELECT 1/$1::int", 0)
			var pgErr *pgconn.PgError
			if !errors.As(err, &pgErr) || pgErr.Code != "22012" {
				t.Errorf("division by zero: got %v", err)
			}
			var one int
			if err := conn.QueryRow(ctx, "SELECT 1").Scan(&one); err != nil || one != 1 {
				t.Errorf("after an error: got %d, %v", one, err)
			}
		})
	}
}

func TestPgxCopiesAndCancels(t *testing.T) {
	s := serve(t)
	s.schema(t)
	conn := s.connect(t, pgx.QueryExecModeCacheStatement)
	ctx := t.Context()
	n, err := conn.CopyFrom(ctx, pgx.Identifier{"customers"}, []string{"id", "name", "since"}, pgx.CopyFromSlice(10_000, func(i int) ([]any, error) {
		return []any{int32(1000 + i), fmt.Sprint("copied ", i), nil}, nil
	}))
	if err != nil || n != 10_000 {
		t.Fatalf("CopyFrom: %d rows, %v", n, err)
	}
	var count int64
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM customers WHERE name LIKE 'copied%'").Scan(&count); err != nil || count != 10_000 {
		t.Errorf("got %d rows, %v", count, err)
	}
	var out strings.Builder
	if _, err := conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT id FROM customers WHERE id IN (1000, 1001) ORDER BY id) TO STDOUT"); err != nil || out.String() != "1000\n1001\n" {
		t.Errorf("CopyTo: %q, %v", out.String(), err)
	}

	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := conn.Exec(short, "SELECT count(*) FROM generate_series(1, 1000000) AS a(x), generate_series(1, 1000000) AS b(y)"); err == nil {
		t.Error("a query without end came to its end")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the cancel took %s", took)
	}
}

func TestWhoMayNotComeInIsToldWhy(t *testing.T) {
	s := serve(t)
	for _, c := range []struct{ name, user, password, database, code string }{
		{"wrong password", user, "wrong", database, "28P01"},
		{"no such user", "nobody", password, database, "28P01"},
		{"empty password", user, "", database, "28P01"},
		{"no such database", user, password, "nosuch", "3D000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := pgx.Connect(t.Context(), fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s", c.user, url.PathEscape(c.password), s.port, c.database))
			if err == nil {
				conn.Close(t.Context())
				t.Fatal("it was let in")
			}
			var pgErr *pgconn.PgError
			if !errors.As(err, &pgErr) || pgErr.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}
