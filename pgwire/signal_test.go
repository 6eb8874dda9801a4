package pgwire_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

func TestASessionEndsWhatAnotherOfTheSameUserDoes(t *testing.T) {
	_, addr := start(t, nil)
	admin := connect(t, addr)
	ask := func(query string, args ...any) (done bool, err error) {
		err = admin.QueryRow(t.Context(), query, args...).Scan(&done)
		return done, err
	}
	r := dial(t, addr, nil)
	r.Send(&pgproto3.Query{String: "SELECT pg_sleep(60)"})
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	until(t, "the statement", func() bool {
		var n int
		if err := admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	if done, err := ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1", r.key.ProcessID); err != nil || !done {
		t.Error(done, err)
	}
	if got := r.say(t, nothing...); got != "RowDescription ERROR:57014 I" {
		t.Error(got)
	}
	if got := r.say(t, &pgproto3.Query{String: "SELECT 1"}); got != "RowDescription (1) [SELECT 1] I" {
		t.Error(got)
	}
	if done, err := ask("SELECT pg_terminate_backend($1)", r.key.ProcessID); err != nil || !done {
		t.Error(done, err)
	}
	if got := r.say(t, nothing...); got != "FATAL:57P01 end" {
		t.Error(got)
	}
	until(t, "the end of the session", func() bool {
		done, err := ask("SELECT pg_cancel_backend($1)", r.key.ProcessID)
		if err != nil {
			t.Fatal(err)
		}
		return !done
	})
	bob, err := pgx.Connect(t.Context(), "postgres://bob@"+addr+"/millrace?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close(t.Context())
	for _, query := range []string{"SELECT pg_cancel_backend($1)", "SELECT pg_terminate_backend($1)"} {
		if _, err := ask(query, bob.PgConn().PID()); code(err) != "42501" {
			t.Errorf("%s of another user: %v, want 42501", query, err)
		}
	}
}
