package pgwire

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
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
		c.session.Fail()
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
	if f, ok := st.(*sql.Fetch); ok && f.Move && c.portals[f.Name.Text] != nil && !c.session.Failed() {
		return because(ctx, c.move(ctx, c.portals[f.Name.Text], f))
	}
	r, err := c.session.Exec(ctx, st)
	if err != nil {
		return because(ctx, err)
	}
	c.notices(r.Notices)
	tag := r.Tag
	if r.Schema != nil {
		c.send(rowDescription(r.Schema, nil))
		q := open(c.ctx, r, &rowWriter{schema: r.Schema})
		defer q.close(engine.ErrUnread)
		n, err := c.sendRows(ctx, q, 0, live(r, st))
		if err != nil {
			return because(ctx, err)
		}
		tag = rowsTag(tag, n)
	}
	c.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
	return nil
}

// live reports whether the rows of a statement come as they happen.
func live(r *engine.Result, st sql.Statement) bool {
	if r.Changes {
		return true
	}
	s, ok := st.(*sql.SelectStatement)
	return ok && s.Query.Emit != nil
}

// rowsTag is the tag of a statement that has given rows.
func rowsTag(tag string, n int64) string {
	switch tag {
	case "SELECT", "FETCH", "SUBSCRIBE":
		return fmt.Sprintf("%s %d", tag, n)
	}
	return tag
}
