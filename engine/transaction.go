package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
)

// transaction is a block of statements between BEGIN and COMMIT. Each of its statements is committed by itself: what the
// block keeps is what clients see of one, its settings, its cursors, its savepoints, that it may only read, and that
// after an error nothing runs until its end.
type transaction struct {
	failed     atomic.Bool // by a query too, which is read on another goroutine
	wrote      int         // statements that have changed something
	before     Settings    // those to go back to
	committed  Settings    // those that stay: without what SET LOCAL has set
	savepoints []savepoint
}

type savepoint struct {
	name              string
	wrote             int
	cursors           int // how many the session had made
	current, atCommit Settings
}

// InTransaction reports whether the session is between BEGIN and COMMIT.
func (s *Session) InTransaction() bool { return s.txn != nil }

// Failed reports whether a statement of the transaction has failed: until it ends, no other runs.
func (s *Session) Failed() bool { return s.txn != nil && s.txn.failed.Load() }

// Fail has the transaction fail, if there is one: for an error outside of the session, such as one of the protocol.
func (s *Session) Fail() {
	if s.txn != nil {
		s.txn.failed.Store(true)
	}
}

// noTransaction is the code of a statement that needs one, notInOne of one that may not be in it.
const (
	noTransaction = "25P01"
	notInOne      = "25001"
)

// allowed fails where the state of the transaction keeps a statement from running.
func (s *Session) allowed(stmt sql.Statement) error {
	t, ends := stmt.(*sql.Transaction)
	if s.Failed() && !(ends && (t.Kind == "COMMIT" || t.Kind == "ROLLBACK" || t.Kind == "ROLLBACK TO")) {
		return sqlerr.New("25P02", stmt.Pos(), "current transaction is aborted, commands ignored until end of transaction block").
			WithHint("End it with ROLLBACK.")
	}
	if run := s.executed(stmt); s.settings.readOnly() && writes(run) {
		return sqlerr.New("25006", stmt.Pos(), "cannot execute %s in a read-only transaction", verb(run)).
			WithHint("SET transaction_read_only = off, or default_transaction_read_only = off outside of a transaction.")
	}
	return nil
}

// writes reports whether a statement may change something that others see.
func writes(stmt sql.Statement) bool {
	switch stmt.(type) {
	case *sql.SelectStatement, *sql.Explain, *sql.Show, *sql.ShowCreate, *sql.ShowJob, *sql.Describe, *sql.Subscribe,
		*sql.Set, *sql.Reset, *sql.Transaction, *sql.SetTransaction, *sql.Prepare, *sql.Execute, *sql.Deallocate,
		*sql.DeclareCursor, *sql.Fetch, *sql.CloseCursor, *sql.Discard, *sql.Upkeep:
		return false
	}
	return true
}

// note has the user told something with the result of the statement.
func (s *Session) note(format string, args ...any) {
	s.notices = append(s.notices, fmt.Sprintf(format, args...))
}

// transact runs BEGIN, COMMIT, ROLLBACK and the statements on savepoints.
func (s *Session) transact(st *sql.Transaction) (*Result, error) {
	tag, _, _ := strings.Cut(st.Kind, " ")
	switch st.Kind {
	case "BEGIN":
		if s.txn != nil {
			s.note("there is already a transaction in progress")
		} else {
			s.txn = &transaction{before: *s.settings, committed: *s.settings}
		}
		return &Result{Tag: tag}, s.setModes(st.Modes)
	case "COMMIT", "ROLLBACK":
		t := s.txn
		if t == nil {
			if st.Chain {
				return nil, sqlerr.New(noTransaction, st.Pos(), "%s AND CHAIN can only be used in transaction blocks", st.Kind)
			}
			s.note("there is no transaction in progress")
			return &Result{Tag: tag}, nil
		}
		modes := sql.TransactionModes{}
		if readOnly := s.settings.readOnly(); st.Chain {
			modes.ReadOnly = &readOnly
		}
		if s.end(st.Kind == "ROLLBACK" || t.failed.Load()) {
			tag = "ROLLBACK"
		}
		if st.Chain {
			s.txn = &transaction{before: *s.settings, committed: *s.settings}
		}
		return &Result{Tag: tag}, s.setModes(modes)
	}
	if s.txn == nil {
		return nil, sqlerr.New(noTransaction, st.Pos(), "%s can only be used in transaction blocks", strings.Replace(st.Kind, "RELEASE", "RELEASE SAVEPOINT", 1)).
			WithHint("Start one with BEGIN.")
	}
	if st.Kind == "SAVEPOINT" {
		if len(s.txn.savepoints) >= maxSavepoints {
			return nil, sqlerr.New(sqlerr.ConfigurationLimit, st.Pos(), "a transaction has at most %d savepoints", maxSavepoints)
		}
		s.txn.savepoints = append(s.txn.savepoints, savepoint{st.Name.Text, s.txn.wrote, s.cursorsMade, *s.settings, s.txn.committed})
		return &Result{Tag: tag}, nil
	}
	i := len(s.txn.savepoints) - 1
	for ; i >= 0 && s.txn.savepoints[i].name != st.Name.Text; i-- {
	}
	if i < 0 {
		return nil, sqlerr.New("3B001", st.Name.Pos(), "savepoint %q does not exist", st.Name.Text)
	}
	if st.Kind == "RELEASE" {
		s.txn.savepoints = s.txn.savepoints[:i]
		return &Result{Tag: tag}, nil
	}
	p := s.txn.savepoints[i]
	s.txn.savepoints = s.txn.savepoints[:i+1]
	s.closeCursors(func(c *cursor) bool { return c.number > p.cursors })
	*s.settings, s.txn.committed = p.current, p.atCommit
	if s.txn.wrote > p.wrote {
		s.written(s.txn.wrote - p.wrote)
	}
	s.txn.failed.Store(false)
	return &Result{Tag: tag}, nil
}

const maxSavepoints = 10_000

// end ends the transaction, and reports whether it was rolled back.
func (s *Session) end(back bool) bool {
	t := s.txn
	s.txn = nil
	s.closeCursors(func(c *cursor) bool { return c.txn == t && (back || !c.hold) })
	if !back {
		*s.settings = t.committed
		return false
	}
	*s.settings = t.before
	if t.wrote > 0 {
		s.written(t.wrote)
	}
	return true
}

// written tells what ROLLBACK has not taken back.
func (s *Session) written(statements int) {
	s.note("ROLLBACK takes nothing back: each statement is committed by itself, and what %s of this transaction wrote stays", counted(int64(statements), "statement"))
}

// setModes sets what BEGIN or SET TRANSACTION says about the transaction.
func (s *Session) setModes(m sql.TransactionModes) error {
	if m.Isolation == "repeatable read" || m.Isolation == "serializable" {
		s.note("%s", isolationNote)
	}
	if m.ReadOnly != nil {
		return s.settings.Set("transaction_read_only", onOff(*m.ReadOnly), 0, 0)
	}
	return nil
}

// setTransaction runs SET TRANSACTION and SET SESSION CHARACTERISTICS AS TRANSACTION.
func (s *Session) setTransaction(st *sql.SetTransaction) (*Result, error) {
	switch {
	case st.Session && st.Modes.ReadOnly != nil:
		if err := s.setSetting("default_transaction_read_only", onOff(*st.Modes.ReadOnly), false, st.Pos(), st.Pos()); err != nil {
			return nil, err
		}
		st.Modes.ReadOnly = nil
	case !st.Session && s.txn == nil:
		s.note("SET TRANSACTION can only be used in transaction blocks")
		return &Result{Tag: "SET"}, nil
	}
	return &Result{Tag: "SET"}, s.setModes(st.Modes)
}

// setSetting sets a setting, for the transaction alone where local is true.
func (s *Session) setSetting(name, value string, local bool, at, pos sqlerr.Pos) error {
	name = strings.ToLower(name)
	if name == "transaction_read_only" || name == "transaction_isolation" {
		local = true
	}
	if local && s.txn == nil {
		s.note("SET LOCAL can only be used in transaction blocks")
		trial := *s.settings
		return trial.Set(name, value, at, pos)
	}
	if err := s.settings.Set(name, value, at, pos); err != nil {
		return err
	}
	if x := settingOf(name); x != nil && x.note != "" && (value == "repeatable read" || value == "serializable") {
		s.note("%s", x.note)
	}
	if s.txn != nil && !local {
		return s.txn.committed.Set(name, value, at, pos)
	}
	return nil
}

// set runs SET.
func (s *Session) set(st *sql.Set) (*Result, error) {
	if st.Default {
		if st.Local && s.txn == nil {
			s.note("SET LOCAL can only be used in transaction blocks")
			return &Result{Tag: "SET"}, nil
		}
		return &Result{Tag: "SET"}, s.reset(st.Name.Text, st.Name.Pos(), st.Local)
	}
	return &Result{Tag: "SET"}, s.setSetting(st.Name.Text, st.Value.Text, st.Local, st.Name.Pos(), st.Value.Pos())
}

func (s *Session) reset(name string, at sqlerr.Pos, local bool) error {
	if err := s.settings.Reset(name, at); err != nil {
		return err
	}
	if s.txn != nil && !local {
		return s.txn.committed.Reset(name, at)
	}
	return nil
}

// errTimeout is the cause of a context that statement_timeout has ended.
var errTimeout = errors.New("statement timeout")

// limited is ctx with the session's statement_timeout.
func (s *Session) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if d := s.settings.timeout(); d > 0 {
		return context.WithTimeoutCause(ctx, d, errTimeout)
	}
	return ctx, func() {}
}

// timedOut is err, or that the statement took too long.
func timedOut(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == errTimeout {
		return sqlerr.New(sqlerr.QueryCanceled, 0, "canceling statement due to statement timeout").
			WithHint("SET statement_timeout gives it more time; 0 is no limit.")
	}
	return err
}

// ErrUnread is the cause of a context of a result that nobody wants the rest of. That is no error of its transaction.
var ErrUnread = errors.New("nobody reads on")

// watch has the transaction fail where a result does that is read later, and gives it its time.
func (s *Session) watch(r *Result) {
	if r.each == nil {
		return
	}
	t, each, clock := s.txn, r.each, &r.clock
	clock.limit = s.settings.timeout()
	r.each = func(ctx context.Context, fn func(*flow.Batch) error) error {
		ctx, stop := clock.run(ctx)
		defer stop()
		err := timedOut(ctx, each(ctx, fn))
		if err != nil && t != nil && context.Cause(ctx) != ErrUnread {
			t.failed.Store(true)
		}
		return err
	}
}

// discard runs DISCARD.
func (s *Session) discard(st *sql.Discard) (*Result, error) {
	if st.What == "ALL" {
		if s.txn != nil {
			return nil, sqlerr.New(notInOne, st.Pos(), "DISCARD ALL cannot run inside a transaction block").WithHint("End it with COMMIT or ROLLBACK.")
		}
		s.closeCursors(func(*cursor) bool { return true })
		clear(s.prepared)
		if err := s.settings.Reset("all", st.Pos()); err != nil {
			return nil, err
		}
	}
	return &Result{Tag: "DISCARD " + strings.Replace(st.What, "TEMPORARY", "TEMP", 1)}, nil
}

// upkeep runs what there is nothing to do for.
func (s *Session) upkeep(ctx context.Context, st *sql.Upkeep) (*Result, error) {
	for _, name := range st.Tables {
		if err := s.engine.exists(ctx, name); err != nil {
			return nil, err
		}
	}
	switch st.Kind {
	case "VACUUM":
		s.note("nothing to do: the room of rows that are gone is taken back by itself")
	case "ANALYZE":
		s.note("nothing to do: sizes are asked of the tables when a query is planned")
	case "LOCK TABLE":
		if s.txn == nil {
			return nil, sqlerr.New(noTransaction, st.Pos(), "LOCK TABLE can only be used in transaction blocks")
		}
	}
	return &Result{Tag: st.Kind}, nil
}

// closeCursors closes those that which is true of.
func (s *Session) closeCursors(which func(*cursor) bool) {
	for name, c := range s.cursors {
		if which(c) {
			c.close()
			delete(s.cursors, name)
		}
	}
}

// names of what a session has, for suggestions.
func names[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
