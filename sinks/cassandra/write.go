package cassandra

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/sqlerr"
)

// write is one request: a row, or a batch of rows of one partition. Its arguments point into the cells of its block.
type write struct {
	block *block
	rows  []int32
	cells []cell
	args  []any // of all rows, one behind the other
}

// cell is a value that is CQL's bytes already; nil is NULL.
type cell []byte

// MarshalCQL gives them to the driver.
func (c *cell) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return *c, nil }

// bind fills in the arguments.
func (w *write) bind(p *plan) {
	if need := len(w.rows) * (len(p.columns) + 1); cap(w.cells) < need {
		w.cells = make([]cell, 0, need) // arguments point into it, so it must not move
	}
	w.cells, w.args = w.cells[:0], w.args[:0]
	add := func(b []byte) {
		if b == nil {
			w.args = append(w.args, gocql.UnsetValue)
			return
		}
		w.cells = append(w.cells, b)
		w.args = append(w.args, &w.cells[len(w.cells)-1])
	}
	for _, row := range w.rows {
		stamp := w.block.stamps.At(int(row))
		if w.block.deleted(row) {
			add(stamp)
			for _, k := range p.key {
				add(w.block.cells[k].At(int(row)))
			}
			continue
		}
		for i := range w.block.cells {
			add(w.block.cells[i].At(int(row)))
		}
		add(stamp)
	}
}

// do sends the write once.
func (w *write) do(ctx context.Context, s *gocql.Session, p *plan) error {
	if len(w.rows) == 1 {
		text := p.insert
		if w.block.deleted(w.rows[0]) {
			text = p.delete
		}
		return s.Query(text, w.args...).SetKeyspace(p.table.Keyspace).DefaultTimestamp(false).Idempotent(true).ExecContext(ctx)
	}
	b := s.Batch(gocql.UnloggedBatch).SetKeyspace(p.table.Keyspace).DefaultTimestamp(false)
	b.Entries = make([]gocql.BatchEntry, 0, len(w.rows))
	args := w.args
	for _, row := range w.rows {
		text, n := p.insert, len(p.columns)+1
		if w.block.deleted(row) {
			text, n = p.delete, len(p.key)+1
		}
		b.Entries = append(b.Entries, gocql.BatchEntry{Stmt: text, Args: args[:n:n], Idempotent: true})
		args = args[n:]
	}
	return b.ExecContext(ctx)
}

// Waiting between attempts grows from retryMin, doubled each time, to retryMax.
const (
	retryMin = 20 * time.Millisecond
	retryMax = 2 * time.Second
)

// persist sends the write until it is acknowledged. What cannot become right by repeating it, and what has not after
// retry.timeout, is an error that names the row.
func (s *sink) persist(ctx context.Context, w *write) error {
	start, wait := time.Now(), retryMin
	for {
		err := w.do(ctx, s.session, s.plan)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !transient(err):
			return sqlerr.New(sqlerr.ForeignData, 0, "writing to table %s of Cassandra failed: %v", s.plan.table, err).
				WithDetail("The row is %s.", w.where(s.plan)).Because(err)
		case time.Since(start)+wait > s.retryTimeout:
			return sqlerr.New(sqlerr.ConnectionFailure, 0, "writing to table %s of Cassandra failed for %s: %v", s.plan.table, time.Since(start).Round(time.Second), err).
				WithDetail("The row is %s.", w.where(s.plan)).
				WithHint("The option %q says how long to go on trying. Restart the job when the cluster is well: it goes on from its checkpoint.", "retry.timeout").Because(err)
		}
		s.retries.Add(1)
		s.complain(err)
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		wait = min(2*wait, retryMax)
	}
}

// complain logs that writes are repeated, at most once in ten seconds.
func (s *sink) complain(err error) {
	now := time.Now().UnixNano()
	if last := s.complained.Load(); now-last > int64(10*time.Second) && s.complained.CompareAndSwap(last, now) {
		slog.Warn("cassandra: writing again what was not acknowledged", "table", s.plan.table.String(), "error", err)
	}
}

// transient tells errors that may pass from those that will not: what the server says of the statement or the user
// stays, what it says of itself and of its replicas may pass, and so may whatever befalls a connection.
func transient(err error) bool {
	var answer gocql.RequestError
	if !errors.As(err, &answer) {
		var usage *gocql.ErrProtocol
		return !errors.As(err, &usage) && !errors.Is(err, gocql.ErrSessionClosed)
	}
	switch answer.Code() {
	case gocql.ErrCodeServer, gocql.ErrCodeUnavailable, gocql.ErrCodeOverloaded, gocql.ErrCodeBootstrapping, gocql.ErrCodeTruncate,
		gocql.ErrCodeWriteTimeout, gocql.ErrCodeReadTimeout, gocql.ErrCodeReadFailure, gocql.ErrCodeWriteFailure,
		gocql.ErrCodeCDCWriteFailure, gocql.ErrCodeUnprepared:
		return true
	}
	return false
}

// where names the first row of the write by its key.
func (w *write) where(p *plan) string {
	parts := make([]string, len(p.key))
	for i, k := range p.key {
		parts[i] = p.columns[k].name + " = " + p.columns[k].typ.Text(w.block.cells[k].At(int(w.rows[0])))
	}
	text := strings.Join(parts, ", ")
	if more := len(w.rows) - 1; more > 0 {
		text += fmt.Sprintf(", or one of %d more of its partition", more)
	}
	return text
}
