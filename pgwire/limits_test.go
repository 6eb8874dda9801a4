package pgwire_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/pgwire"
)

func TestAClientThatDoesNothingIsSentAway(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.IdleTimeout = 50 * time.Millisecond })
	r := dial(t, addr, nil)
	if got := r.say(t, nothing...); got != "FATAL:57P05 end" {
		t.Error(got)
	}
	inside := dial(t, addr, nil)
	if got := inside.say(t, &pgproto3.Query{String: "BEGIN; SELECT pg_sleep(0.2)"}); got != "[BEGIN] RowDescription () [SELECT 1] T" {
		t.Error(got)
	}
	// in a transaction it may wait: for longer than the other, whose time is over
	if got := dial(t, addr, nil).say(t, nothing...); got != "FATAL:57P05 end" {
		t.Error(got)
	}
	if got := inside.say(t, &pgproto3.Query{String: "COMMIT"}); got != "[COMMIT] I" {
		t.Error(got)
	}
	other := dial(t, addr, map[string]string{"options": "-c idle_session_timeout=0"})
	if got := dial(t, addr, nil).say(t, nothing...); got != "FATAL:57P05 end" {
		t.Error(got)
	}
	if got := other.say(t, &pgproto3.Query{String: "SELECT 1"}); got != "RowDescription (1) [SELECT 1] I" {
		t.Error(got)
	}
}

var nothing []pgproto3.FrontendMessage

func TestAStatementThatTakesTooLongIsStopped(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.StatementTimeout = 100 * time.Millisecond })
	const long = "SELECT pg_sleep(60)"
	for _, tc := range []struct {
		name string
		say  []pgproto3.FrontendMessage
		want string
	}{
		{"a query", []pgproto3.FrontendMessage{&pgproto3.Query{String: long}}, "RowDescription ERROR:57014 I"},
		{"a portal", []pgproto3.FrontendMessage{&pgproto3.Parse{Query: long}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{}}, "ParseComplete BindComplete ERROR:57014 I"},
		{"a COPY", []pgproto3.FrontendMessage{&pgproto3.Query{String: "COPY (" + long + ") TO STDOUT"}}, "CopyOutResponse ERROR:57014 I"},
		{"one that has the time", []pgproto3.FrontendMessage{&pgproto3.Query{String: "SET statement_timeout = 0; SELECT pg_sleep(0.2)"}}, "[SET] RowDescription () [SELECT 1] I"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := dial(t, addr, nil).say(t, tc.say...); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestAPortalThatWaitsForItsClientHasTime reads the rest of a portal when others have used up as much time as it had.
func TestAPortalThatWaitsForItsClientHasTime(t *testing.T) {
	_, addr := start(t, nil)
	r := dial(t, addr, map[string]string{"options": "-c statement_timeout=300"})
	if got := r.say(t, &pgproto3.Query{String: "BEGIN"}); got != "[BEGIN] T" {
		t.Fatal(got)
	}
	// the rows are more than one batch: the query has not ended
	rows := "SELECT a.n, b.n FROM generate_series(1, 1000) AS a(n), generate_series(1, 1000) AS b(n)"
	got := r.say(t, &pgproto3.Parse{Query: rows}, &pgproto3.Bind{}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Sync{})
	if !strings.HasSuffix(got, "PortalSuspended T") {
		t.Fatal(got)
	}
	if got := dial(t, addr, nil).say(t, &pgproto3.Query{String: "SELECT pg_sleep(1)"}); got != "RowDescription () [SELECT 1] I" {
		t.Fatal(got)
	}
	got = r.say(t, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Sync{})
	if !strings.HasSuffix(got, "PortalSuspended T") {
		t.Error(got)
	}
	// then it has its time again, and not more
	if got := r.say(t, &pgproto3.Parse{Query: "SELECT pg_sleep(n * 60) FROM (VALUES (0), (1)) AS t(n)"}, &pgproto3.Bind{}, &pgproto3.Execute{MaxRows: 5}, &pgproto3.Sync{}); !strings.HasSuffix(got, "ERROR:57014 E") {
		t.Error(got)
	}
}

func TestEachWrongPasswordIsAnsweredLater(t *testing.T) {
	e, addr := start(t, func(c *pgwire.Config) { c.Auth = pgwire.Scram })
	if err := e.Users().Add("ada", "lovelace"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 3 {
		if _, err := pgx.Connect(t.Context(), "postgres://ada:wrong@"+addr+"/millrace?sslmode=disable"); code(err) != "28P01" {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 700*time.Millisecond { // 100, 200 and 400 ms
		t.Errorf("three wrong passwords took %s", took)
	}
	c, err := pgx.Connect(t.Context(), "postgres://ada:lovelace@"+addr+"/millrace?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	c.Close(t.Context())
}

func TestAClientThatDoesNotLogInIsSentAway(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.Auth, c.StartupTimeout = pgwire.Scram, 100*time.Millisecond })
	r := open(t, addr)
	if got := r.say(t, nothing...); got != "end" {
		t.Error(got)
	}
	r = open(t, addr)
	r.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "ada"}})
	if got := r.say(t, nothing...); got != "AuthenticationSASL end" {
		t.Error(got)
	}
}

// TestAMessageThatIsTooLongIsTold to a client that sends all of it before it reads.
func TestAMessageThatIsTooLongIsTold(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.MaxMessage = 1 << 16 })
	r := dial(t, addr, nil)
	if got := r.say(t, &pgproto3.Query{String: strings.Repeat(" ", 32<<20)}); got != "FATAL:08P01 end" {
		t.Error(got)
	}
}

// TestManyCancelsHitOneClientAlone has others go on beside a storm of cancel requests.
func TestManyCancelsHitOneClientAlone(t *testing.T) {
	_, addr := start(t, nil)
	victim := connect(t, addr)
	ctx, stop := context.WithCancel(t.Context())
	var storm sync.WaitGroup
	for range 8 {
		storm.Go(func() {
			for ctx.Err() == nil {
				_ = victim.PgConn().CancelRequest(ctx)
			}
		})
	}
	var others sync.WaitGroup
	for range 4 {
		c := connect(t, addr)
		others.Go(func() {
			for i := range 50 {
				var n int
				if err := c.QueryRow(t.Context(), "SELECT count(*) FROM generate_series(1, $1)", 1000+i).Scan(&n); err != nil || n != 1000+i {
					t.Error(n, err)
				}
			}
		})
	}
	for range 20 { // what runs is cancelled, and nothing behind it is lost
		if _, err := victim.Exec(t.Context(), "SELECT pg_sleep(60)"); code(err) != "57014" {
			t.Errorf("%v, want 57014", err)
		}
	}
	others.Wait()
	stop()
	storm.Wait()
	var n int
	if err := victim.QueryRow(t.Context(), "SELECT 1").Scan(&n); err != nil {
		t.Error(err)
	}
}

// TestAHundredSlowReadersAreSmall has clients that read nothing of much, while another goes on.
func TestAHundredSlowReadersAreSmall(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.MaxConnections = 101 })
	before := inUse()
	for range 100 {
		r := dial(t, addr, map[string]string{"options": "-c parallelism=1"})
		r.Send(&pgproto3.Query{String: endless})
		if err := r.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Receive(); err != nil {
			t.Fatal(err)
		}
	}
	c := connect(t, addr)
	slowest := time.Duration(0)
	for i := range 100 {
		began := time.Now()
		var n int
		if err := c.QueryRow(t.Context(), "SELECT $1::INT", i).Scan(&n); err != nil || n != i {
			t.Fatal(n, err)
		}
		slowest = max(slowest, time.Since(began))
	}
	if slowest > 5*time.Second {
		t.Errorf("a query took %s beside slow readers", slowest)
	}
	if bytes := int64(inUse()) - int64(before); bytes > 100*(4<<20) {
		t.Errorf("%d MiB for 100 slow readers", bytes>>20)
	}
}
