// Package planner turns statements into physical plans: names and types are bound, the logical tree is rewritten by
// rules, and what is left becomes flow nodes.
package planner

import (
	"context"
	"slices"

	"millrace/catalog"
	"millrace/expr"
	"millrace/flow"
	"millrace/planner/logical"
	"millrace/sinks"
	"millrace/sources"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Env is what planning depends on beside the statement.
type Env struct {
	Catalog     catalog.Catalog
	Sources     func(name string) (sources.Connector, error)
	Sinks       func(name string) (sinks.Connector, error)
	Parallelism int  // of each step that can run in parallel
	Batch       bool // read bounded: to the end as it is at the start
	// Snapshots has tables that millrace keeps read as they are now, in a plan that goes on too.
	Snapshots bool
	// Changes has the plan give what becomes of its rows: each insert, update and delete, with its op.
	Changes bool
	// OnClose, with Changes, has windows of streams that have a watermark given once, when they close.
	OnClose bool
	// Seen, where it is not nil, is told of each table and view that is read, also through views.
	Seen   func(catalog.Name)
	Params []Param // the values of $1, $2, …
	// Known has, instead, their types as they are found, where the statement is only described.
	Known *expr.ParamTypes
	// Session answers the functions on the session; nil: there is none.
	Session Session
	// Objects answers the functions on the catalog, and the types that are names of its objects; nil: there are none.
	Objects expr.Objects
	Now     int64
	// RecursionLimit is how many steps a recursive query may take; 0: DefaultRecursionLimit.
	RecursionLimit int
}

// DefaultRecursionLimit is how many steps a recursive query may take where nothing else is set.
const DefaultRecursionLimit = 10_000

// Plan is a statement ready to run.
type Plan struct {
	Root      *flow.Node
	Logical   logical.Node
	Schema    types.Schema // of the rows it gives
	Unbounded bool         // it does not end by itself
	Ordered   bool         // its rows have an order
	Changes   bool         // its rows are changes: each has an op
}

// Query plans a query whose rows go to whoever runs it. A query is a snapshot (bounded) unless it has EMIT.
func (e *Env) Query(ctx context.Context, q *sql.Query) (*Plan, error) {
	n, err := e.bind(ctx, q)
	if err != nil {
		return nil, err
	}
	if n, err = e.optimize(n); err != nil {
		return nil, err
	}
	w := &sinks.Write{In: n.Schema()}
	if e.Changes {
		w.Changes = sinks.Changelog
	}
	return e.finish(n, q.Emit, w, nil)
}

// Insert plans INSERT INTO as a job. number sets its nodes' IDs apart from those of other statements of the same job.
func (e *Env) Insert(ctx context.Context, ins *sql.Insert, number int) (*Plan, error) {
	w, n, err := e.bindInsert(ctx, ins)
	if err != nil {
		return nil, err
	}
	if n, err = e.optimize(n); err != nil {
		return nil, err
	}
	var emit *sql.Emit
	if ins.Query != nil {
		emit = ins.Query.Emit
	}
	return e.finish(n, emit, w, &number)
}

func (e *Env) bind(ctx context.Context, q *sql.Query) (logical.Node, error) {
	rel, err := (&binder{env: e, ctx: ctx}).query(q, nil)
	if err != nil {
		return nil, err
	}
	rel, err = settle(rel)
	if err != nil {
		return nil, err
	}
	return rel.node, nil
}

// Endless reports whether a query reads something that does not end by itself.
func (e *Env) Endless(ctx context.Context, q *sql.Query) (bool, error) {
	if _, ok := plainValues(q); ok {
		return false, nil
	}
	rel, err := (&binder{env: e, ctx: ctx}).query(q, nil)
	if err != nil {
		return false, err
	}
	return e.unbounded(rel.node), nil
}

// finish checks what a stream can do and lowers the tree.
func (e *Env) finish(n logical.Node, emit *sql.Emit, w *sinks.Write, number *int) (*Plan, error) {
	p := &Plan{Logical: n, Schema: e.named(n.Schema()), Unbounded: e.unbounded(n), Ordered: ordered(n), Changes: e.Changes}
	if err := e.check(n, emit, p.Unbounded); err != nil {
		return nil, err
	}
	if err := e.checkChanges(n, w); err != nil {
		return nil, err
	}
	l := &lowering{env: e, event: needsEventTime(n)}
	if number != nil {
		l.prefix = *number
	}
	root, err := l.sink(n, w)
	if err != nil {
		return nil, err
	}
	p.Root = root
	return p, nil
}

// named is a schema whose reg types print the names of the catalog's objects.
func (e *Env) named(s types.Schema) types.Schema {
	if e.Objects == nil {
		return s
	}
	out := slices.Clone(s)
	for i := range out {
		out[i].Type = out[i].Type.Named(e.Objects)
	}
	return out
}

// namedType is a type as it was written, its reg types with the names of the catalog's objects.
func (e *Env) namedType(t types.Type) types.Type {
	if e.Objects == nil {
		return t
	}
	return t.Named(e.Objects)
}

// bindInsert resolves the table and its columns and puts the casts that the table's types ask for on top of the query.
func (e *Env) bindInsert(ctx context.Context, ins *sql.Insert) (*sinks.Write, logical.Node, error) {
	t, err := lookup(ctx, e.Catalog, ins.Table)
	if err != nil {
		return nil, nil, err
	}
	if t.Materialized() {
		return nil, nil, unwritable(t, ins.Table)
	}
	if t.Connector() == catalog.System {
		return nil, nil, systemTable(t, ins.Table.Pos())
	}
	if t.Direction == catalog.In {
		return nil, nil, sqlerr.New(sqlerr.InvalidDefinition, ins.Table.Pos(), "%q was declared with CREATE SOURCE and can't be written", t.Name.String()).
			WithHint("Declare it with CREATE TABLE or CREATE SINK.")
	}
	switch {
	case ins.OnConflict != nil:
		return nil, nil, sqlerr.Unsupported(ins.OnConflict.Pos(), "ON CONFLICT in a job", "Leave it out: rows are upserts by the primary key where the table takes them.")
	case len(ins.Returning) > 0:
		return nil, nil, sqlerr.Unsupported(ins.Returning[0].Pos(), "RETURNING in a job", "Leave it out; it is for tables that millrace keeps.")
	}
	conn, err := e.Sinks(t.Connector())
	if err != nil {
		return nil, nil, at(err, ins.Table.Pos())
	}
	if err := conn.Check(t); err != nil {
		return nil, nil, at(err, ins.Table.Pos())
	}
	b := &binder{env: e, ctx: ctx}
	targets, p, err := e.insertRows(b, t, ins)
	if err != nil {
		return nil, nil, err
	}
	if t.Embedded() {
		if p, err = e.fill(b, t, targets, p, ins.Pos()); err != nil {
			return nil, nil, err
		}
		targets = storedColumns(t)
	}
	w := &sinks.Write{Table: t, Columns: targets, In: make(types.Schema, len(targets)), Changes: sinks.Appends, Mode: "append"}
	for i, c := range targets {
		w.In[i] = t.Columns[c].Column
	}
	if conn.Accepts(t) == sinks.Upserts && len(t.PrimaryKey) > 0 {
		names := ""
		for i, c := range t.PrimaryKey {
			if i > 0 {
				names += ", "
			}
			names += t.Columns[c].Name
			if !contains(targets, c) {
				return nil, nil, sqlerr.New(sqlerr.NotNullViolation, ins.Pos(), "primary key column %q of %q is not written", t.Columns[c].Name, t.Name.String()).
					WithHint("Give every column of the primary key a value.")
			}
		}
		w.Mode = "upsert by (" + names + ")"
	}
	return w, p, nil
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}
