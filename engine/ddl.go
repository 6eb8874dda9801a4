package engine

import (
	"context"
	"errors"

	"millrace/catalog"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
)

func (s *Session) createTable(ctx context.Context, st *sql.CreateTable) (*Result, error) {
	if st.Query != nil {
		return s.createTableAs(ctx, st)
	}
	t, err := s.env().Table(ctx, st)
	if err != nil {
		return nil, err
	}
	if err := s.create(ctx, t); err != nil {
		if st.IfNotExists && sqlerr.Code(err) == sqlerr.DuplicateTable {
			return &Result{Tag: "CREATE TABLE"}, nil
		}
		return nil, place(err, st.Name.Pos())
	}
	return &Result{Tag: "CREATE TABLE"}, nil
}

// create makes a table where it belongs: those of a job's text with a connector are the job's own.
func (s *Session) create(ctx context.Context, t *catalog.Table) error {
	switch {
	case s.scope == nil:
		return s.engine.create(ctx, t)
	case !t.Embedded():
		return s.scope.own.Create(ctx, t)
	case s.scope.has(ctx, t.Name):
		return sqlerr.New(sqlerr.DuplicateTable, 0, "table %q already exists in this text", t.Name.String())
	}
	return s.engine.create(ctx, t)
}

// exists fails where there is no table or view of a name.
func (e *Engine) exists(ctx context.Context, name sql.ObjectName) error {
	n := planner.TableName(name)
	if e.catalog.View(ctx, n) != nil {
		return nil
	}
	_, err := e.catalog.Table(ctx, n)
	return place(err, name.Pos())
}

// create puts a table into the catalog, and one that millrace keeps into its store.
func (e *Engine) create(ctx context.Context, t *catalog.Table) error {
	e.ddl.Lock()
	defer e.ddl.Unlock()
	if !t.Embedded() {
		return e.catalog.Create(ctx, t)
	}
	store, err := e.tables()
	if err != nil {
		return err
	}
	if err := e.catalog.Create(ctx, t); err != nil {
		return err
	}
	if err := store.Create(t); err != nil {
		return errors.Join(err, e.catalog.Drop(ctx, t.Name))
	}
	return nil
}

// createTableAs makes a table of the columns of a query, and inserts its rows. Where that fails there is no table.
func (s *Session) createTableAs(ctx context.Context, st *sql.CreateTable) (*Result, error) {
	columns, err := s.env().TableAs(ctx, st)
	if err != nil {
		return nil, err
	}
	t, err := s.env().Table(ctx, columns)
	if err != nil {
		return nil, err
	}
	if err := s.engine.create(ctx, t); err != nil {
		if st.IfNotExists && sqlerr.Code(err) == sqlerr.DuplicateTable {
			return &Result{Tag: "CREATE TABLE AS"}, nil
		}
		return nil, place(err, st.Name.Pos())
	}
	r, err := s.change(ctx, &sql.Insert{Node: st.Node, Table: st.Name, Query: st.Query})
	if err != nil {
		return nil, errors.Join(err, s.engine.drop(ctx, t.Name))
	}
	return &Result{Tag: "SELECT" + r.Tag[len("INSERT 0"):]}, nil
}

func (s *Session) createView(ctx context.Context, st *sql.CreateView) (*Result, error) {
	if st.Materialized {
		return s.createMaterialized(ctx, st)
	}
	v, err := s.env().View(ctx, st)
	if err != nil {
		return nil, err
	}
	if st.OrReplace { // a view that is used stays what it was
		if err := s.engine.views.dependents(ctx, "replace view", v.Name); err != nil {
			return nil, place(err, st.Name.Pos())
		}
	}
	s.engine.ddl.Lock()
	defer s.engine.ddl.Unlock()
	if st.OrReplace && s.scope == nil {
		if err := s.engine.unused(v.Name, "replace", "view"); err != nil {
			return nil, place(err, st.Name.Pos())
		}
	}
	err = s.catalog().CreateView(ctx, v, st.OrReplace)
	if err != nil && !(st.IfNotExists && sqlerr.Code(err) == sqlerr.DuplicateTable) {
		return nil, place(err, st.Name.Pos())
	}
	return &Result{Tag: "CREATE VIEW"}, nil
}

func (s *Session) drop(ctx context.Context, st *sql.Drop) (*Result, error) {
	if err := untouchable(st.Name); err != nil {
		return nil, err
	}
	name := planner.TableName(st.Name)
	var err error
	own := s.scope != nil && s.scope.has(ctx, name)
	if !own {
		err = s.engine.droppable(ctx, st, name)
	}
	switch {
	case err != nil:
	case own && st.Kind != "VIEW":
		err = s.scope.own.Drop(ctx, name)
	case st.Kind == "TABLE", st.Kind == "SOURCE", st.Kind == "SINK":
		err = s.engine.drop(ctx, name)
	case st.Kind == "MATERIALIZED VIEW":
		err = s.engine.dropMaterialized(ctx, name)
	case st.Kind == "VIEW":
		if !own {
			if err = s.engine.unused(name, "drop", "view"); err != nil {
				break
			}
		}
		s.engine.ddl.Lock()
		err = s.catalog().DropView(ctx, name)
		s.engine.ddl.Unlock()
	default:
		return nil, sqlerr.Unsupported(st.Pos(), "DROP "+st.Kind, "")
	}
	if err != nil && !(st.IfExists && sqlerr.Code(err) == sqlerr.UndefinedTable) {
		return nil, place(err, st.Name.Pos())
	}
	return &Result{Tag: "DROP " + st.Kind}, nil
}

// unused is an error where a job reads or writes something.
func (e *Engine) unused(name catalog.Name, verb, kind string) error {
	job := e.jobUsing(name.String())
	if job == "" {
		return nil
	}
	return sqlerr.New(sqlerr.DependentObjects, 0, "cannot %s %s %q: job %q uses it", verb, kind, name.String(), job).
		WithHint("CANCEL JOB %s first.", sql.Quote(job))
}

// drop removes a table, and the rows of one that millrace keeps.
func (e *Engine) drop(ctx context.Context, name catalog.Name) error {
	e.ddl.Lock()
	defer e.ddl.Unlock()
	t, err := e.catalog.Table(ctx, name)
	if err == nil {
		err = e.unused(name, "drop", t.Kind())
	}
	if err != nil {
		return err
	}
	if !t.Embedded() {
		return e.catalog.Drop(ctx, name)
	}
	store, err := e.tables()
	if err != nil {
		return err
	}
	if err := e.catalog.Drop(ctx, name); err != nil {
		return err
	}
	return store.Drop(name)
}
