package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// cursor is a query that waits for somebody to fetch its rows: it runs on a goroutine of its own and is never further than
// the batch behind the one that is read.
type cursor struct {
	schema types.Schema
	hold   bool
	txn    *transaction // that it was declared in; nil: it outlives that
	number int          // in the order in which the session made them

	next   chan *flow.Batch // from the query, which then waits
	more   chan struct{}    // the batch has been read
	done   chan struct{}    // the query has ended, with err
	err    error
	cancel context.CancelCauseFunc

	busy    atomic.Bool
	current *flow.Batch // of which rows are left, from at on
	at      int
}

// maxCursors is how many a session may have open.
const maxCursors = 100

var errCursorClosed = errors.New("the cursor was closed")

// declare starts a cursor's query. What it reads is as it is now.
func (s *Session) declare(ctx context.Context, st *sql.DeclareCursor) (*Result, error) {
	switch {
	case s.txn == nil && !st.Hold:
		return nil, sqlerr.New(noTransaction, st.Pos(), "DECLARE CURSOR can only be used in transaction blocks").
			WithHint("Start one with BEGIN, or declare it WITH HOLD.")
	case s.cursors[st.Name.Text] != nil:
		return nil, sqlerr.New("42P03", st.Name.Pos(), "cursor %q already exists", st.Name.Text).WithHint("CLOSE it first.")
	case len(s.cursors) >= maxCursors:
		return nil, sqlerr.New(sqlerr.ConfigurationLimit, st.Pos(), "a session has at most %d cursors", maxCursors).WithHint("CLOSE those that are read.")
	}
	r, err := s.query(ctx, st.Query)
	if err != nil {
		return nil, err
	}
	s.cursorsMade++
	c := &cursor{schema: r.Schema, hold: st.Hold, txn: s.txn, number: s.cursorsMade,
		next: make(chan *flow.Batch), more: make(chan struct{}), done: make(chan struct{})}
	var run context.Context
	run, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	started := make(chan struct{})
	if r.starts {
		r.started = func() { close(started) }
	} else {
		close(started)
	}
	go func() {
		defer close(c.done)
		c.err = r.Each(run, func(b *flow.Batch) error {
			select {
			case c.next <- b:
			case <-run.Done():
				return context.Cause(run)
			}
			select {
			case <-c.more:
				return nil
			case <-run.Done():
				return context.Cause(run)
			}
		})
	}()
	select {
	case <-started:
	case <-c.done:
	case <-ctx.Done():
		c.close()
		return nil, context.Cause(ctx)
	}
	if s.cursors == nil {
		s.cursors = map[string]*cursor{}
	}
	s.cursors[st.Name.Text] = c
	return &Result{Tag: "DECLARE CURSOR"}, nil
}

// close stops the query and waits until it has.
func (c *cursor) close() {
	c.cancel(errCursorClosed)
	<-c.done
}

func (s *Session) cursor(name sql.Name) (*cursor, error) {
	c := s.cursors[name.Text]
	if c == nil {
		err := sqlerr.New("34000", name.Pos(), "cursor %q does not exist", name.Text)
		err.Hint = sqlerr.Suggest(name.Text, names(s.cursors))
		return nil, err
	}
	return c, nil
}

// Cursor tells whether the session has a cursor of that name, and the columns of its rows.
func (s *Session) Cursor(name string) (types.Schema, bool) {
	if c := s.cursors[name]; c != nil {
		return c.schema, true
	}
	return nil, false
}

// fetch gives the next rows of a cursor, or with MOVE passes over them.
func (s *Session) fetch(ctx context.Context, st *sql.Fetch) (*Result, error) {
	c, err := s.cursor(st.Name)
	if err != nil {
		return nil, err
	}
	want := st.Count
	if st.All {
		want = -1
	}
	if !st.Move {
		return &Result{Tag: "FETCH", Schema: c.schema, each: func(ctx context.Context, fn func(*flow.Batch) error) error {
			return c.read(ctx, want, fn)
		}}, nil
	}
	rows := 0
	err = c.read(ctx, want, func(b *flow.Batch) error { rows += b.Len(); return nil })
	return &Result{Tag: fmt.Sprintf("MOVE %d", rows)}, err
}

// read gives fn the next rows, at most so many; -1: all.
func (c *cursor) read(ctx context.Context, want int64, fn func(*flow.Batch) error) error {
	if !c.busy.CompareAndSwap(false, true) {
		return sqlerr.New("55006", 0, "the cursor is being read")
	}
	defer c.busy.Store(false)
	for want != 0 {
		if c.current == nil {
			select {
			case c.current = <-c.next:
				c.at = 0
			case <-c.done:
				if c.err == errCursorClosed {
					return sqlerr.New("34000", 0, "the cursor was closed while it was read")
				}
				return c.err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		n := c.current.Len() - c.at
		if want > 0 {
			n = int(min(int64(n), want))
			want -= int64(n)
		}
		if n > 0 {
			part := &flow.Batch{Rec: c.current.Rec.NewSlice(int64(c.at), int64(c.at+n))}
			if c.current.Ops != nil {
				part.Ops = c.current.Ops[c.at : c.at+n]
			}
			c.at += n
			err := fn(part)
			part.Rec.Release()
			if err != nil {
				return err
			}
		}
		if c.at == c.current.Len() {
			c.current = nil
			select {
			case c.more <- struct{}{}:
			case <-c.done:
			}
		}
	}
	return nil
}

// closeCursor runs CLOSE.
func (s *Session) closeCursor(st *sql.CloseCursor) (*Result, error) {
	if st.Name.Text == "" {
		s.closeCursors(func(*cursor) bool { return true })
		return &Result{Tag: "CLOSE CURSOR ALL"}, nil
	}
	c, err := s.cursor(st.Name)
	if err != nil {
		return nil, err
	}
	c.close()
	delete(s.cursors, st.Name.Text)
	return &Result{Tag: "CLOSE CURSOR"}, nil
}
