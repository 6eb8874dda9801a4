package pgwire_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/pgwire"
)

// endless gives more rows than any socket takes.
const endless = "SELECT a.n, b.n, 'some more text for the row' FROM generate_series(1, 100000) AS a(n), generate_series(1, 100000) AS b(n)"

// until waits for something that comes.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

func TestCancelEndsAStatementAndNotTheConnection(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	for range 20 {
		rows, err := c.Query(t.Context(), endless)
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		if err := c.PgConn().CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
		}
		if code(rows.Err()) != "57014" {
			t.Fatalf("%v, want 57014", rows.Err())
		}
	}
	var one int
	if err := c.QueryRow(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Error(one, err)
	}
}

func TestCancelEndsACopy(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	for range 20 {
		var once sync.Once
		_, err := c.PgConn().CopyTo(t.Context(), writerFunc(func(p []byte) (int, error) {
			once.Do(func() {
				if err := c.PgConn().CancelRequest(t.Context()); err != nil {
					t.Error(err)
				}
			})
			return len(p), nil
		}), "COPY ("+endless+") TO STDOUT")
		if code(err) != "57014" {
			t.Fatalf("%v, want 57014", err)
		}
	}
	if tag, err := c.PgConn().CopyTo(t.Context(), io.Discard, "COPY (SELECT 1) TO STDOUT"); err != nil || tag.String() != "COPY 1" {
		t.Error(tag, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestACancelWithAnotherSecretDoesNothing(t *testing.T) {
	_, addr := start(t, nil)
	r := dial(t, addr, nil)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	wrong := append([]byte(nil), r.key.SecretKey...)
	wrong[0]++
	b, err := (&pgproto3.CancelRequest{ProcessID: r.key.ProcessID, SecretKey: wrong}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(b); err != nil {
		t.Fatal(err)
	}
	if got := r.say(t, &pgproto3.Query{String: "SELECT count(*) FROM generate_series(1, 1000000)"}); got != "RowDescription (1000000) [SELECT 1] I" {
		t.Error(got)
	}
}

// TestAClientThatDisappearsEndsItsQuery has a client go that reads nothing of an endless result.
func TestAClientThatDisappearsEndsItsQuery(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.MaxConnections = 1 })
	for _, text := range []string{endless, "COPY (" + endless + ") TO STDOUT", endless, "COPY (" + endless + ") TO STDOUT (FORMAT binary)", endless} {
		var r *raw
		until(t, "the place of the one before", func() bool {
			c, err := pgx.Connect(t.Context(), "postgres://x@"+addr+"/millrace?sslmode=disable")
			if code(err) == "53300" {
				return false
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Close(t.Context())
			return true
		})
		until(t, "the place of the probe", func() bool {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			r = &raw{Conn: nc, Frontend: pgproto3.NewFrontend(nc, nc)}
			r.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "x"}})
			if r.say(t) == "I" {
				return true
			}
			nc.Close()
			return false
		})
		r.Send(&pgproto3.Query{String: text})
		if err := r.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Receive(); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
}

// TestASlowReaderHoldsUpNobodyElse has a client that reads nothing, while another goes on.
func TestASlowReaderHoldsUpNobodyElse(t *testing.T) {
	_, addr := start(t, nil)
	slow := dial(t, addr, nil)
	slow.Send(&pgproto3.Query{String: endless})
	if err := slow.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := slow.Receive(); err != nil {
		t.Fatal(err)
	}
	c := connect(t, addr)
	for i := range 100 {
		var n int
		if err := c.QueryRow(t.Context(), "SELECT $1::INT", i).Scan(&n); err != nil || n != i {
			t.Fatal(n, err)
		}
	}
}

func TestAThousandIdleConnectionsAreSmall(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.MaxConnections = 1000 })
	before := inUse()
	goroutines := runtime.NumGoroutine()
	var wg sync.WaitGroup
	clients := make([]*raw, 1000)
	for part := range 10 {
		wg.Go(func() {
			for i := part * 100; i < (part+1)*100; i++ {
				clients[i] = dial(t, addr, nil)
				clients[i].say(t, &pgproto3.Query{String: "SELECT 1"})
			}
		})
	}
	wg.Wait()
	if n := runtime.NumGoroutine() - goroutines; n > 3*1000 {
		t.Errorf("%d goroutines for 1,000 connections", n)
	}
	// the clients, in the same process, have a buffer each too
	if bytes := int64(inUse()) - int64(before); bytes > 64<<20 {
		t.Errorf("%d KiB for 1,000 connections", bytes>>10)
	}
	if _, err := pgx.Connect(t.Context(), "postgres://x@"+addr+"/millrace?sslmode=disable"); code(err) != "53300" {
		t.Errorf("the next one: %v, want 53300", err)
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

func TestShutdownTellsClients(t *testing.T) {
	e, _ := start(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- pgwire.Serve(ctx, l, pgwire.Config{Engine: e, Auth: pgwire.Trust}) }()
	addr := l.Addr().String()
	idle, busy := dial(t, addr, nil), dial(t, addr, nil)
	busy.Send(&pgproto3.Query{String: endless})
	if err := busy.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := busy.Receive(); err != nil {
		t.Fatal(err)
	}
	stop()
	for name, r := range map[string]*raw{"idle": idle, "busy": busy} {
		last := ""
		for {
			m, err := r.Receive()
			if err != nil {
				break
			}
			if e, ok := m.(*pgproto3.ErrorResponse); ok {
				last = e.Severity + ":" + e.Code
			}
		}
		if last != "FATAL:57P01" {
			t.Errorf("the %s client was told %q", name, last)
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
