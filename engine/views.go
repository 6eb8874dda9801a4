package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"millrace/catalog"
	"millrace/flow"
	"millrace/planner"
	"millrace/sources"
	"millrace/sql"
	"millrace/sqlerr"
)

// views are the materialized views of an engine: a run for each, from the first statement on that has to do with it.
type views struct {
	engine *Engine
	mu     sync.Mutex
	all    map[catalog.Name]*view
}

// of finds the view of a table; it is made of what the catalog has where nobody has asked for it yet.
func (vs *views) of(t *catalog.Table) *view {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	v, ok := vs.all[t.Name]
	if !ok {
		v = newView(vs.engine, t)
		if vs.all == nil {
			vs.all = map[catalog.Name]*view{}
		}
		vs.all[t.Name] = v
	}
	return v
}

// list is all views of the catalog, by name.
func (vs *views) list(ctx context.Context) ([]*view, error) {
	names, err := vs.engine.catalog.Tables(ctx, "", "")
	if err != nil {
		return nil, err
	}
	var out []*view
	for _, n := range names {
		if t, err := vs.engine.catalog.Table(ctx, n); err == nil && t.Materialized() {
			out = append(out, vs.of(t))
		}
	}
	return out, nil
}

// startAll has every view run; else each starts with the first statement that has to do with it.
func (vs *views) startAll(ctx context.Context) error {
	all, err := vs.list(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range all {
		errs = append(errs, v.need())
	}
	return errors.Join(errs...)
}

// close stops them all.
func (vs *views) close() error {
	vs.mu.Lock()
	all := vs.all
	vs.all = nil
	vs.mu.Unlock()
	var errs []error
	for _, v := range all {
		errs = append(errs, v.close())
	}
	return errors.Join(errs...)
}

// users are the views that name a table or a view, also through views that are not materialized.
func (vs *views) users(ctx context.Context, name catalog.Name) []*view {
	all, err := vs.list(ctx)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(v *view) bool { return !slices.Contains(v.uses(ctx), name) })
}

// dependents refuses what would take a table or view away from materialized views.
func (vs *views) dependents(ctx context.Context, what string, name catalog.Name) error {
	users := vs.users(ctx, name)
	if len(users) == 0 {
		return nil
	}
	names := make([]string, len(users))
	for i, v := range users {
		names[i] = fmt.Sprintf("materialized view %q depends on it", v.name.String())
	}
	return sqlerr.New(sqlerr.DependentObjects, 0, "cannot %s %q because other objects depend on it", what, name.String()).
		WithDetail("%s", strings.Join(names, "; ")+".").
		WithHint("Use DROP … CASCADE to drop the dependent objects too.")
}

// follow waits until the views over a table have what was last committed to it, and those over them. What it does not wait
// for is told: a statement that has changed its table has succeeded, whatever becomes of the views.
func (vs *views) follow(ctx context.Context, t *catalog.Table) (notices []string) {
	store, err := vs.engine.tables()
	if err != nil {
		return nil
	}
	table, err := store.Table(t)
	if err != nil { // dropped since
		return nil
	}
	end := table.End()
	for _, v := range vs.users(ctx, t.Name) {
		if !v.directly(ctx, t.Name) {
			continue
		}
		if err := v.reach(ctx, t.Name, end); err != nil {
			notices = append(notices, v.stale(err))
			continue
		}
		notices = append(notices, vs.follow(ctx, v.table)...)
	}
	return notices
}

// fresh waits until the views that a plan reads have all that their tables have now.
func (vs *views) fresh(ctx context.Context, plans ...*planner.Plan) (notices []string) {
	seen := map[catalog.Name]bool{}
	var catchUp func(t *catalog.Table)
	catchUp = func(t *catalog.Table) {
		if !t.Materialized() || seen[t.Name] {
			return
		}
		seen[t.Name] = true
		v := vs.of(t)
		reads, err := v.reads(ctx)
		if err == nil {
			err = v.need()
		}
		for _, r := range reads {
			if !r.Embedded() || err != nil {
				continue
			}
			catchUp(r)
			store, serr := vs.engine.tables()
			if serr != nil {
				err = serr
				break
			}
			table, terr := store.Table(r)
			if terr != nil {
				err = terr
				break
			}
			err = v.reach(ctx, r.Name, table.End())
		}
		if err != nil {
			notices = append(notices, v.stale(err))
		}
	}
	for _, p := range plans {
		for _, t := range scansOf(p.Root) {
			catchUp(t)
		}
	}
	return notices
}

// scansOf are the tables that a plan reads.
func scansOf(n *flow.Node) []*catalog.Table {
	if s, ok := n.Spec.(*sources.Scan); ok {
		return []*catalog.Table{s.Table}
	}
	var out []*catalog.Table
	for _, in := range n.Inputs {
		out = append(out, scansOf(in.From)...)
	}
	return out
}

// statementOf is the CREATE MATERIALIZED VIEW of a view.
func (e *Engine) statementOf(t *catalog.Table) (*sql.CreateView, error) {
	stmts, err := sql.Parse(t.SQL, e.cfg.Lookup)
	if err != nil {
		return nil, err
	}
	if c, ok := stmts[len(stmts)-1].(*sql.CreateView); ok {
		return c, nil
	}
	return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is no materialized view", t.Name.String())
}
