package pgwire

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/flow"
	"millrace/sql"
)

// query runs the statements of a text. An error skips the ones behind it. What those before it have done stays: each
// statement is a transaction of its own.
func (c *conn) query(text string) error {
	c.dropPortal("") // and the unnamed statement, as PostgreSQL does
	delete(c.statements, "")
	err := c.statementsOf(text)
	if err != nil {
		if isFatal(err) {
			return err
		}
		c.failAt(err, text)
	}
	c.ready()
	return nil
}

func (c *conn) statementsOf(text string) error {
	if err := checkText(text); err != nil {
		return err
	}
	stmts, err := c.session.Parse(text)
	if err != nil {
		return err
	}
	if len(stmts) == 0 {
		c.send(&pgproto3.EmptyQueryResponse{})
	}
	for _, st := range stmts {
		if err := c.statement(st); err != nil || c.writeErr != nil {
			return err
		}
	}
	return nil
}

// statement runs one, of the simple protocol.
func (c *conn) statement(st sql.Statement) error {
	ctx, done := c.begin()
	defer done()
	if cp, ok := st.(*sql.Copy); ok {
		return because(ctx, c.copy(ctx, cp))
	}
	r, err := c.session.Exec(ctx, st)
	if err != nil {
		return because(ctx, err)
	}
	c.notices(r)
	tag := r.Tag
	if r.Schema != nil {
		c.send(rowDescription(r.Schema, nil))
		n, err := c.stream(ctx, r, live(st, r))
		if err != nil {
			return because(ctx, err)
		}
		tag = rowsTag(tag, n)
	}
	c.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
	return nil
}

// stream sends all rows of a result, in text.
func (c *conn) stream(ctx context.Context, r *engine.Result, live bool) (int64, error) {
	c.streams()
	w := &rowWriter{schema: r.Schema}
	var rows int64
	last := time.Now()
	err := r.Each(ctx, func(b *flow.Batch) error {
		if err := w.begin(b.Rec); err != nil {
			return err
		}
		for i := range b.Len() {
			var err error
			if c.out, err = w.append(c.out, i); err != nil {
				return err
			}
			if len(c.out) >= flushSize {
				if err := c.flush(); err != nil {
					return err
				}
			}
		}
		rows += int64(b.Len())
		// whoever watches rows as they come shall not wait for a buffer to be full
		if now := time.Now(); live || now.Sub(last) > 100*time.Millisecond {
			last = now
			return c.flush()
		}
		return nil
	})
	return rows, err
}

// live reports whether the rows of a statement come as they happen.
func live(st sql.Statement, _ *engine.Result) bool {
	s, ok := st.(*sql.SelectStatement)
	return ok && s.Query.Emit != nil
}

// rowsTag is the tag of a statement that has given rows.
func rowsTag(tag string, n int64) string {
	switch tag {
	case "SELECT", "FETCH":
		return fmt.Sprintf("%s %d", tag, n)
	}
	return tag
}
