package planner

import (
	"context"
	"slices"
	"time"

	"millrace/catalog"
	"millrace/expr"
	"millrace/internal/embedded"
	"millrace/planner/logical"
	"millrace/sinks"
	"millrace/sql"
	"millrace/sqlerr"
)

// MaterializedView is a materialized view as it is planned: what keeps its rows, and what writes them.
type MaterializedView struct {
	*Plan
	Table *catalog.Table
	// Reads are the tables and materialized views that it reads, each once.
	Reads []*catalog.Table
	// Uses are the names of all tables and views that it names, also through views.
	Uses []catalog.Name
	// External: some of them millrace does not keep.
	External bool
}

// MaterializedView plans CREATE MATERIALIZED VIEW.
func (e *Env) MaterializedView(ctx context.Context, c *sql.CreateView) (*MaterializedView, error) {
	env := *e
	env.Changes, env.Batch, env.Snapshots = true, false, false
	var uses []catalog.Name
	env.Seen = func(n catalog.Name) {
		if !slices.Contains(uses, n) {
			uses = append(uses, n)
		}
	}
	env.OnClose = c.Query.Emit == nil || c.Query.Emit.Mode == sql.OnWindowClose
	rel, err := (&binder{env: &env, ctx: ctx}).query(c.Query, nil)
	if err == nil {
		rel, err = settle(rel)
	}
	name := TableName(c.Name)
	if err == nil {
		rel, err = rel.rename(sql.Alias{Name: &sql.Name{Node: c.Name.Node, Text: name.Table}, Columns: c.Columns})
	}
	if err != nil {
		return nil, err
	}
	schema := rel.schema()
	if err := uniqueNames(schema, c.Name); err != nil {
		return nil, err
	}
	if x := unsteady(rel.node); x != nil {
		return nil, sqlerr.Unsupported(x.Pos(), x.String()+" in a materialized view", "It is another each time: compute it in the query that reads the view.")
	}
	n, err := env.optimize(rel.node)
	if err != nil {
		return nil, err
	}
	if err := env.checkSteps(n); err != nil {
		return nil, err
	}
	v := &MaterializedView{External: external(n), Uses: uses}
	for _, t := range scanned(n, nil) {
		if t.Connector() == catalog.System {
			return nil, sqlerr.Unsupported(c.Query.Pos(), "a materialized view over the system catalogs", "Make it a plain view: CREATE VIEW.")
		}
		if t.Name == name {
			return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, c.Name.Pos(), "infinite recursion: materialized view %q would read itself", name.String())
		}
		if !slices.Contains(v.Reads, t) {
			v.Reads = append(v.Reads, t)
		}
	}
	if !v.External { // its rows change at each commit of a table, which is not worth a task a core
		env.Parallelism = 1
	}
	v.Table = &catalog.Table{
		Name: name, Query: sql.PrintQuery(c.Query),
		Options: map[string]catalog.Option{"connector": {Value: catalog.Embedded, Pos: c.Pos(), Key: c.Pos()}},
	}
	if err := viewOptions(v.Table, c.Options); err != nil {
		return nil, err
	}
	if len(schema) == 0 {
		return nil, sqlerr.New(sqlerr.InvalidDefinition, c.Pos(), "materialized view %q has no columns", name.String())
	}
	w := &sinks.Write{Table: v.Table, Changes: sinks.Changelog, Mode: "changes", In: n.Schema()}
	for i, col := range schema {
		v.Table.Columns = append(v.Table.Columns, catalog.Column{Column: col, Pos: c.Name.Pos()})
		w.Columns = append(w.Columns, i)
	}
	switch key := viewKey(n); {
	case v.External && !env.takesBack(n):
		v.Table.AppendOnly, w.Mode, w.Changes = true, "append", sinks.Appends
	case key != nil && !slices.ContainsFunc(key, func(i int) bool { return !embedded.Keyable(schema[i].Type) }):
		v.Table.PrimaryKey, w.Mode = key, "changes by key"
	}
	v.Table.SQL = keptAs(v.Table) + ";\n" + c.Text
	if v.Plan, err = env.finish(n, c.Query.Emit, w, nil); err != nil {
		return nil, err
	}
	return v, nil
}

// Freshness is the option of a materialized view over what millrace does not keep that says how often its rows are shown.
const Freshness = "freshness"

// viewOptions reads the WITH of a materialized view.
func viewOptions(t *catalog.Table, options []sql.Option) error {
	for _, o := range options {
		if o.Key.Text != Freshness {
			err := sqlerr.New(sqlerr.InvalidParameterValue, o.Key.Pos(), "a materialized view has no option %q", o.Key.Text)
			err.Hint = sqlerr.Suggest(o.Key.Text, []string{Freshness})
			return err
		}
		if d, err := catalog.ParseDuration(o.Value.Text); err != nil || d < 10*time.Millisecond {
			return sqlerr.New(sqlerr.InvalidParameterValue, o.Value.Pos(), "option %q: %q is not a duration of at least 10 ms", Freshness, o.Value.Text).
				WithHint("How often the view shows what has come: '1s' by default.")
		}
		t.Options[o.Key.Text] = catalog.Option{Value: o.Value.Text, Pos: o.Value.Pos(), Key: o.Key.Pos()}
	}
	return nil
}

// scanned are the tables of a tree.
func scanned(n logical.Node, into []*catalog.Table) []*catalog.Table {
	if s, ok := n.(*logical.Scan); ok {
		return append(into, s.Table)
	}
	for _, in := range n.Inputs() {
		into = scanned(in, into)
	}
	return into
}

// viewKey are the columns of n that tell any two of its rows apart; nil: none are known.
func viewKey(n logical.Node) []int {
	switch n := n.(type) {
	case *logical.Scan:
		return keyColumns(n)
	case *logical.Filter:
		return viewKey(n.Input)
	case *logical.Project:
		return projectKey(n, viewKey(n.Input))
	case *logical.Aggregate:
		return someKeys(0, len(n.Keys))
	case *logical.WindowAggregate:
		return append([]int{0, 1}, someKeys(logical.WindowColumns, len(n.Keys))...)
	case *logical.Distinct:
		return someKeys(0, len(n.Schema()))
	case *logical.Window:
		if key := viewKey(n.Input); key != nil {
			return append(slices.Clone(key), len(n.Input.Schema()))
		}
	}
	return nil
}

func someKeys(from, n int) []int {
	if n == 0 {
		return nil
	}
	return keyList(from, n)
}

// projectKey is where a projection puts the columns of a key; nil: they are not all there.
func projectKey(p *logical.Project, key []int) []int {
	var out []int
	for _, k := range key {
		i := slices.IndexFunc(p.Exprs, func(e expr.Expr) bool {
			c, ok := e.(*expr.Column)
			return ok && c.Index == k
		})
		if i < 0 {
			return nil
		}
		out = append(out, i)
	}
	return out
}

// unwritable is the error of a statement that would write to a materialized view.
func unwritable(t *catalog.Table, name sql.ObjectName) error {
	return sqlerr.New(sqlerr.WrongObjectType, name.Pos(), "cannot change materialized view %q", t.Name.String()).
		WithHint("Its rows are what its query gives: change the tables that it reads.")
}

// keptAs is the statement of a table that keeps a materialized view's rows: Table.SQL has it in front of the view's own, so
// that what the catalog reads needs no planning.
func keptAs(t *catalog.Table) string {
	c := &sql.CreateTable{Name: sql.ObjectName{Parts: nameParts(t.Name)}, AppendOnly: t.AppendOnly}
	for _, col := range t.Columns {
		c.Columns = append(c.Columns, sql.ColumnDef{Name: sql.Name{Text: col.Name}, Type: col.Type})
	}
	for _, k := range t.PrimaryKey {
		c.PrimaryKey = append(c.PrimaryKey, sql.Name{Text: t.Columns[k].Name})
	}
	return sql.Print(c)
}

func nameParts(n catalog.Name) []string {
	return slices.DeleteFunc([]string{n.Catalog, n.Schema, n.Table}, func(s string) bool { return s == "" })
}

// KeptView is a materialized view as the catalog's file has it: the statement of the table that keeps its rows, and its
// own.
func (e *Env) KeptView(ctx context.Context, table *sql.CreateTable, view *sql.CreateView) (*catalog.Table, error) {
	t, err := e.Table(ctx, table)
	if err != nil {
		return nil, err
	}
	for i := range t.Columns {
		t.Columns[i].NotNull = false
	}
	t.Query, t.SQL = sql.PrintQuery(view.Query), table.Text+";\n"+view.Text
	return t, viewOptions(t, view.Options)
}
