package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"millrace/flow"
	"millrace/sources/system"
	"millrace/sql"
	"millrace/sqlerr"
)

// activities are the sessions that are open, for pg_stat_activity.
type activities struct {
	mu   sync.Mutex
	open map[*activity]bool
}

// activity is what a session is doing, as others see it.
type activity struct {
	client Client
	user   string
	began  time.Time
	now    func() time.Time

	mu          sync.Mutex
	application string
	state       string
	statement   sql.Statement
	queryStart  time.Time
	changed     time.Time
}

func (a *activities) add(x *activity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[*activity]bool{}
	}
	a.open[x] = true
}

func (a *activities) remove(x *activity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, x)
}

// begin notes that a statement runs.
func (a *activity) begin(stmt sql.Statement, s *Settings) {
	application, _ := s.Get("application_name")
	at := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.application, a.state, a.statement, a.queryStart, a.changed = application, "active", stmt, at, at
}

// end notes that it does no more.
func (a *activity) end(t *transaction) {
	state := "idle"
	switch {
	case t != nil && t.failed.Load():
		state = "idle in transaction (aborted)"
	case t != nil:
		state = "idle in transaction"
	}
	at := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state, a.changed = state, at
}

// follow has a result's end be that of its statement, and the end of Exec where there are no rows to come.
func (s *Session) follow(r *Result, err error) {
	if err != nil || r == nil || r.each == nil {
		s.activity.end(s.txn)
		return
	}
	each, t := r.each, s.txn
	r.each = func(ctx context.Context, fn func(*flow.Batch) error) error {
		defer s.activity.end(t)
		return each(ctx, fn)
	}
}

// signal cancels what a session does, or ends it, where it is one of the same user. It reports whether there is one.
func (e *Engine) signal(user string, pid int64, end bool) (bool, error) {
	e.active.mu.Lock()
	var stop func(bool)
	owner := user
	for a := range e.active.open {
		if int64(a.client.PID) == pid && a.client.Stop != nil {
			stop, owner = a.client.Stop, a.user
		}
	}
	e.active.mu.Unlock()
	if owner != user {
		return false, sqlerr.New(sqlerr.InsufficientPrivilege, 0, "session %d is one of another user", pid)
	}
	if stop == nil {
		return false, nil
	}
	stop(end)
	return true, nil
}

// maxShown is how many bytes of a statement others see.
const maxShown = 4096

// activities lists the open sessions in the order of their numbers.
func (e *Engine) activities() []system.Activity {
	e.active.mu.Lock()
	open := make([]*activity, 0, len(e.active.open))
	for a := range e.active.open {
		open = append(open, a)
	}
	e.active.mu.Unlock()
	slices.SortFunc(open, func(a, b *activity) int { return cmp.Compare(a.client.PID, b.client.PID) })
	out := make([]system.Activity, len(open))
	for i, a := range open {
		out[i] = system.Activity{PID: a.client.PID, User: a.user, Kind: "client backend", Began: a.began}
		if r := a.client.Remote; r.IsValid() {
			out[i].Client, out[i].Port = r.Addr().Unmap().String(), int(r.Port())
		}
		a.mu.Lock()
		out[i].Application, out[i].State, out[i].QueryStart, out[i].Changed = a.application, a.state, a.queryStart, a.changed
		statement := a.statement
		a.mu.Unlock()
		out[i].Query = e.shown(statement)
	}
	return out
}

// shown is a statement as others may see it: what is secret in it is left out.
func (e *Engine) shown(stmt sql.Statement) string {
	if stmt == nil {
		return ""
	}
	if c, ok := stmt.(*sql.CreateTable); ok {
		masked := *c
		masked.Options = slices.Clone(c.Options)
		e.mask(&masked)
		stmt = &masked
	}
	text := sql.Print(stmt)
	if len(text) > maxShown {
		cut := maxShown
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = strings.TrimRight(text[:cut], " ") + " …"
	}
	return text
}
