package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"millrace/catalog"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
)

// createMaterialized makes a materialized view. Over tables that millrace keeps it is filled when the statement returns; over
// others it runs then. Where that fails there is no view.
func (s *Session) createMaterialized(ctx context.Context, st *sql.CreateView) (*Result, error) {
	e := s.engine
	done := &Result{Tag: "CREATE MATERIALIZED VIEW"}
	name := planner.TableName(st.Name)
	old, _ := e.catalog.Table(ctx, name)
	if old != nil && st.IfNotExists {
		done.Notices = []string{fmt.Sprintf("%q already exists, skipping", name.String())}
		return done, nil
	}
	plan, err := e.env(s.settings).MaterializedView(ctx, st)
	if err != nil {
		return nil, err
	}
	if old != nil && st.OrReplace {
		if !old.Materialized() {
			return nil, sqlerr.New(sqlerr.WrongObjectType, st.Name.Pos(), "%q is not a materialized view", name.String())
		}
		if err := e.views.dependents(ctx, "replace materialized view", name); err != nil {
			return nil, place(err, st.Name.Pos())
		}
		if err := e.dropMaterialized(ctx, name); err != nil {
			return nil, err
		}
	}
	if err := e.create(ctx, plan.Table); err != nil {
		return nil, place(err, st.Name.Pos())
	}
	v := e.views.of(plan.Table)
	if err := v.fill(ctx, plan); err != nil {
		return nil, errors.Join(err, e.dropMaterialized(context.WithoutCancel(ctx), name))
	}
	done.Notices = e.views.fresh(ctx, plan.Plan)
	return done, nil
}

// fill starts a new view and waits until it is seen to run: until it has rows, where all that it reads is there.
func (v *view) fill(ctx context.Context, plan *planner.MaterializedView) error {
	if err := v.need(); err != nil {
		return err
	}
	return v.await(ctx, func() bool {
		return !v.at.IsZero() || plan.External && v.opened
	})
}

// droppable refuses to drop what a materialized view uses, unless with CASCADE: then that goes first. It also finds
// kinds that are mistaken for one another.
func (e *Engine) droppable(ctx context.Context, st *sql.Drop, name catalog.Name) error {
	t, err := e.catalog.Table(ctx, name)
	if err == nil && t.Materialized() != (st.Kind == "MATERIALIZED VIEW") {
		return sqlerr.New(sqlerr.WrongObjectType, 0, "%q is a %s", name.String(), t.Kind()).
			WithHint("Use DROP %s.", map[bool]string{true: "MATERIALIZED VIEW", false: "TABLE"}[t.Materialized()])
	}
	if !st.Cascade {
		return e.views.dependents(ctx, "drop", name)
	}
	for _, v := range e.views.users(ctx, name) {
		if _, err := e.catalog.Table(ctx, v.name); err != nil {
			continue // with one before it
		}
		if err := e.droppable(ctx, &sql.Drop{Kind: "MATERIALIZED VIEW", Cascade: true}, v.name); err != nil {
			return err
		}
		if err := e.dropMaterialized(ctx, v.name); err != nil {
			return err
		}
	}
	return nil
}

// dropMaterialized stops a materialized view and removes it with its rows.
func (e *Engine) dropMaterialized(ctx context.Context, name catalog.Name) error {
	t, err := e.catalog.Table(ctx, name)
	if err != nil {
		if e.catalog.View(ctx, name) != nil {
			err = sqlerr.New(sqlerr.WrongObjectType, 0, "%q is not a materialized view", name.String()).WithHint("It is a view: use DROP VIEW.")
		}
		return err
	}
	if err := e.unused(name, "drop", t.Kind()); err != nil {
		return err
	}
	if err := e.views.remove(t); err != nil {
		return err
	}
	if err := e.drop(ctx, name); err != nil {
		return err
	}
	return e.dropViewStore(name)
}

// remove stops a view and forgets it.
func (vs *views) remove(t *catalog.Table) error {
	v := vs.of(t)
	err := v.close()
	vs.mu.Lock()
	defer vs.mu.Unlock()
	delete(vs.all, t.Name)
	return err
}

// refresh has a materialized view that has failed try again. There is nothing else to do: it is kept up to date.
func (s *Session) refresh(ctx context.Context, st *sql.Refresh) (*Result, error) {
	t, err := s.engine.catalog.Table(ctx, planner.TableName(st.Name))
	if err != nil {
		return nil, place(err, st.Name.Pos())
	}
	if !t.Materialized() {
		return nil, sqlerr.New(sqlerr.WrongObjectType, st.Name.Pos(), "%q is not a materialized view", t.Name.String())
	}
	r := &Result{Tag: "REFRESH MATERIALIZED VIEW"}
	v := s.engine.views.of(t)
	if err := v.retry(); err != nil {
		return nil, err
	}
	plan, err := v.planned(ctx)
	if err == nil {
		err = v.fill(ctx, plan)
	}
	if err != nil {
		return nil, place(err, st.Name.Pos())
	}
	r.Notices = []string{fmt.Sprintf("materialized view %q is kept up to date: there is no need to refresh it", t.Name.String())}
	return r, nil
}

// showMaterialized answers SHOW MATERIALIZED VIEWS.
func (s *Session) showMaterialized(ctx context.Context) (*Result, error) {
	all, err := s.engine.views.list(ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, v := range all {
		st := v.sup.Status()
		v.mu.Lock()
		state, why, at, begun := string(st.State), st.Reason, v.at, v.begun
		v.mu.Unlock()
		if !begun {
			state, why = "stopped", "it starts when it is first needed"
		}
		asOf := ""
		if !at.IsZero() {
			asOf = at.UTC().Format(time.RFC3339)
		}
		watermark := ""
		if p := st.Progress; state == string(Running) && len(p.Splits) > 0 && p.Watermark > 0 && p.Watermark < 1<<62 {
			watermark = p.Watermark.String()
		}
		rows = append(rows, []string{v.name.String(), state, why, fmt.Sprint(v.rows()), asOf, watermark, v.table.Query})
	}
	return rowsResult("SHOW", []string{"view", "state", "reason", "rows", "as_of", "watermark", "query"}, rows), nil
}
