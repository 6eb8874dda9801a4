package planner

import (
	"context"
	"slices"

	"millrace/catalog"
	"millrace/expr"
	"millrace/internal/embedded"
	"millrace/planner/logical"
	"millrace/sinks"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Change is a statement that changes a table which millrace keeps. Its rows are, for INSERT, the table's stored columns;
// for UPDATE the row's key and then those; for DELETE the key, and then those where they are returned.
type Change struct {
	*Plan
	Verb      string // "INSERT", "UPDATE", "DELETE"
	Table     *catalog.Table
	Conflict  *Conflict   // nil: a key that is there is an error
	Returning []expr.Expr // over the stored columns; nil: nothing is returned
	Returns   types.Schema
}

// Conflict is ON CONFLICT. Its expressions are over the stored columns of the row that is there, then over those of the
// row that was to be inserted.
type Conflict struct {
	Set   []expr.Expr // each stored column; nil: DO NOTHING
	Where expr.Expr   // nil: all
}

// Change plans INSERT, UPDATE and DELETE of a table that millrace keeps.
func (e *Env) Change(ctx context.Context, st sql.Statement) (*Change, error) {
	c, err := e.bindChange(ctx, st)
	if err != nil {
		return nil, err
	}
	if c.node, err = e.optimize(c.node); err != nil {
		return nil, err
	}
	w := &sinks.Write{In: c.node.Schema(), Kept: c.out.Table, Change: map[string]string{"INSERT": "Insert", "UPDATE": "Update", "DELETE": "Delete"}[c.out.Verb]}
	if c.out.Plan, err = e.finish(c.node, nil, w, nil); err != nil {
		return nil, err
	}
	return &c.out, nil
}

func (e *Env) bindChange(ctx context.Context, st sql.Statement) (*changeBinder, error) {
	c := &changeBinder{env: e, b: &binder{env: e, ctx: ctx}}
	switch st := st.(type) {
	case *sql.Insert:
		return c, c.insert(st)
	case *sql.Update:
		return c, c.update(st)
	case *sql.Delete:
		return c, c.delete(st)
	}
	return nil, sqlerr.New(sqlerr.Internal, st.Pos(), "a %T changes no table", st)
}

// changeBinder binds one such statement.
type changeBinder struct {
	env    *Env
	b      *binder
	t      *catalog.Table
	stored []int // positions in the table of the columns that are stored
	node   logical.Node
	out    Change
}

// storedColumns are the positions of those that are written.
func storedColumns(t *catalog.Table) []int {
	var out []int
	for i, c := range t.Columns {
		if c.Computed == "" && c.Metadata == "" {
			out = append(out, i)
		}
	}
	return out
}

// table finds the table of a statement.
func (c *changeBinder) table(verb string, name sql.ObjectName) error {
	t, err := lookup(c.b.ctx, c.env.Catalog, name)
	if err != nil {
		return err
	}
	switch {
	case t.Materialized():
		return unwritable(t, name)
	case t.Connector() == catalog.System:
		return systemTable(t, name.Pos())
	case !t.Embedded():
		return sqlerr.Unsupported(name.Pos(), verb+" of a table of connector '"+t.Connector()+"'",
			"Write to it with INSERT INTO; where it has a primary key the rows are upserts.")
	case verb != "INSERT" && t.AppendOnly:
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, name.Pos(), "table %q is APPEND ONLY: its rows do not change", t.Name.String()).
			WithHint("Declare it without APPEND ONLY.")
	}
	c.t, c.stored = t, storedColumns(t)
	c.out.Verb, c.out.Table = verb, t
	return nil
}

func (c *changeBinder) insert(ins *sql.Insert) error {
	if err := c.table("INSERT", ins.Table); err != nil {
		return err
	}
	targets, n, err := c.env.insertRows(c.b, c.t, ins)
	if err != nil {
		return err
	}
	if c.node, err = c.env.fill(c.b, c.t, targets, n, ins.Pos()); err != nil {
		return err
	}
	names := alias(ins.Table, ins.Alias)
	if ins.OnConflict != nil {
		if err := c.conflict(ins.OnConflict, names); err != nil {
			return err
		}
	}
	return c.returning(ins.Returning, names)
}

// alias is the name that a statement's table goes by.
func alias(name sql.ObjectName, a *sql.Name) string {
	if a != nil {
		return a.Text
	}
	return name.Parts[len(name.Parts)-1]
}

// conflict binds ON CONFLICT.
func (c *changeBinder) conflict(oc *sql.OnConflict, name string) error {
	var target []int
	for _, n := range oc.Target {
		i, err := tableColumn(c.t, n)
		if err != nil {
			return err
		}
		target = append(target, i)
	}
	slices.Sort(target)
	if key := slices.Sorted(slices.Values(c.t.PrimaryKey)); len(oc.Target) > 0 && !slices.Equal(slices.Compact(target), key) {
		err := sqlerr.New("42P10", oc.Target[0].Pos(), "there is no unique or exclusion constraint matching the ON CONFLICT specification")
		if len(key) > 0 {
			return err.WithHint("Name the columns of the primary key.")
		}
		return err.WithHint("Table %q has no primary key.", c.t.Name.String())
	}
	c.out.Conflict = &Conflict{}
	if len(oc.Set) == 0 {
		return nil
	}
	if len(oc.Target) == 0 {
		return sqlerr.New(sqlerr.SyntaxError, oc.Pos(), "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("Name the columns of the primary key: ON CONFLICT (…) DO UPDATE.")
	}
	rel := &relation{node: &logical.Values{}}
	for _, side := range []string{name, "excluded"} {
		for _, i := range c.stored {
			rel.cols = append(rel.cols, scopeColumn{table: side, name: c.t.Columns[i].Name, typ: c.t.Columns[i].Type})
		}
	}
	set, err := c.setColumns(oc.Set)
	if err != nil {
		return err
	}
	for k, i := range c.stored {
		s, ok := set[i]
		if !ok {
			c.out.Conflict.Set = append(c.out.Conflict.Set, rel.column(k, oc.Pos()))
			continue
		}
		if slices.Contains(c.t.PrimaryKey, i) {
			return sqlerr.Unsupported(s.Column.Pos(), "a new key in ON CONFLICT DO UPDATE", "Set the other columns; change a key with UPDATE.")
		}
		x, err := c.value(s, i, rel)
		if err != nil {
			return err
		}
		if x, err = c.assigned(i, x); err != nil {
			return err
		}
		c.out.Conflict.Set = append(c.out.Conflict.Set, x)
	}
	if oc.Where == nil {
		return nil
	}
	c.out.Conflict.Where, err = (&exprBinder{b: c.b, rel: rel, noAgg: "WHERE"}).condition(oc.Where, "WHERE")
	return err
}

// setColumns finds the columns of SET.
func (c *changeBinder) setColumns(list []sql.SetClause) (map[int]sql.SetClause, error) {
	set := map[int]sql.SetClause{}
	for _, s := range list {
		i, err := tableColumn(c.t, s.Column)
		if err != nil {
			return nil, err
		}
		if c.t.Columns[i].Computed != "" {
			return nil, sqlerr.New(sqlerr.InvalidDefinition, s.Column.Pos(), "column %q of %q is computed and can't be written", s.Column.Text, c.t.Name.String())
		}
		if _, twice := set[i]; twice {
			return nil, sqlerr.New(sqlerr.SyntaxError, s.Column.Pos(), "multiple assignments to same column %q", s.Column.Text)
		}
		set[i] = s
	}
	return set, nil
}

// value binds what a column is set to.
func (c *changeBinder) value(s sql.SetClause, column int, rel *relation) (expr.Expr, error) {
	if s.Expr == nil {
		return c.env.defaultOf(c.b, c.t, column, s.Column.Pos())
	}
	return (&exprBinder{b: c.b, rel: rel, noAgg: "UPDATE"}).bind(s.Expr)
}

// assigned casts a value to its column's type.
func (c *changeBinder) assigned(column int, x expr.Expr) (expr.Expr, error) {
	return c.env.assignTo(c.t, column, x)
}

// returning binds RETURNING over the stored columns.
func (c *changeBinder) returning(items []sql.SelectItem, name string) error {
	if len(items) == 0 {
		return nil
	}
	full := make([]expr.Expr, len(c.t.Columns)) // each column of the table, over the stored ones
	scan := &logical.Scan{Table: c.t}
	rel := &relation{node: scan}
	for i, col := range c.t.Columns {
		scan.Columns = append(scan.Columns, i)
		rel.cols = append(rel.cols, scopeColumn{table: name, name: col.Name, typ: col.Type})
		if at := slices.Index(c.stored, i); at >= 0 {
			full[i] = expr.NewColumn(at, col.Name, col.Type, items[0].Pos())
			continue
		}
		x, err := c.env.computedExpr(scan, i)
		if err != nil {
			return err
		}
		full[i] = expr.Remap(x, func(table int) int { return slices.Index(c.stored, table) })
	}
	add := func(x expr.Expr, name string) {
		c.out.Returning = append(c.out.Returning, substitute(x, full))
		c.out.Returns = append(c.out.Returns, types.Column{Name: name, Type: x.Type()})
	}
	x := &exprBinder{b: c.b, rel: rel, noAgg: "RETURNING"}
	for _, item := range items {
		if item.Star {
			if len(item.Table) > 0 && item.Table[len(item.Table)-1] != name {
				return sqlerr.New(sqlerr.UndefinedTable, item.Pos(), "there is no table %q here", item.Table[len(item.Table)-1])
			}
			for i, col := range rel.cols {
				add(rel.column(i, item.Pos()), col.name)
			}
			continue
		}
		e, err := x.bind(item.Expr)
		if err != nil {
			return err
		}
		if e.Type().Kind == types.Unknown {
			e, _ = expr.Coerce(e, types.Of(types.Text))
		}
		as := outputName(item.Expr)
		if item.Alias != nil {
			as = item.Alias.Text
		}
		add(e, as)
	}
	return nil
}

// keyName is what a statement calls the column that is a row's key. Nobody can write it.
const keyName = "\x00key"

// rows binds a query over the table that gives each row's key and then some values.
func (c *changeBinder) rows(name sql.ObjectName, as *sql.Name, where sql.Expr, values []sql.Expr) (logical.Node, error) {
	keyed := *c.t
	keyed.Columns = append(slices.Clone(c.t.Columns), catalog.Column{Column: types.Column{Name: "key", Type: types.Of(types.Bytes)}, Metadata: embedded.KeyColumn})
	at := name.Node
	from := &sql.TableName{Node: at, Name: name, Alias: sql.Alias{Name: as}}
	c.b.target, c.b.keyed = from, &keyed
	sel := &sql.Select{Node: at, From: from, Where: where}
	for _, v := range append([]sql.Expr{&sql.Ident{Node: at, Parts: []string{keyName}}}, values...) {
		sel.Items = append(sel.Items, sql.SelectItem{Node: sql.Node{At: v.Pos()}, Expr: v})
	}
	sel.Items[0].Alias = &sql.Name{Node: at, Text: "key"}
	rel, err := c.b.query(&sql.Query{Node: at, Body: sel}, nil)
	if err != nil {
		return nil, err
	}
	if p, ok := rel.node.(*logical.Project); ok { // a name that can be read
		if k, ok := p.Exprs[0].(*expr.Column); ok {
			named := *p
			named.Exprs = slices.Clone(p.Exprs)
			named.Exprs[0] = expr.NewColumn(k.Index, "key", k.Type(), k.Pos())
			return &named, nil
		}
	}
	return rel.node, nil
}

func (c *changeBinder) update(u *sql.Update) error {
	if err := c.table("UPDATE", u.Table); err != nil {
		return err
	}
	set, err := c.setColumns(u.Set)
	if err != nil {
		return err
	}
	name := alias(u.Table, u.Alias)
	var values []sql.Expr
	for _, i := range c.stored {
		s, ok := set[i]
		switch {
		case !ok:
			values = append(values, &sql.Ident{Node: u.Table.Node, Parts: []string{name, c.t.Columns[i].Name}})
		case s.Expr == nil:
			e, err := defaultExpr(c.t, i, s.Column.Pos())
			if err != nil {
				return err
			}
			values = append(values, e)
		default:
			values = append(values, c.env.typedLiteral(s.Expr, c.t.Columns[i].Type))
		}
	}
	n, err := c.rows(u.Table, u.Alias, u.Where, values)
	if err != nil {
		return err
	}
	in, positions := n.Schema(), outputPositions(n)
	p := &logical.Project{Input: n, At: u.Pos()}
	p.Exprs, p.Names = append(p.Exprs, expr.NewColumn(0, "key", in[0].Type, u.Pos())), append(p.Names, "key")
	for k, i := range c.stored {
		x, err := c.assigned(i, expr.NewColumn(k+1, in[k+1].Name, in[k+1].Type, positions[k+1]))
		if err != nil {
			return err
		}
		p.Exprs, p.Names = append(p.Exprs, x), append(p.Names, c.t.Columns[i].Name)
	}
	c.node = p
	return c.returning(u.Returning, name)
}

func (c *changeBinder) delete(d *sql.Delete) error {
	if err := c.table("DELETE", d.Table); err != nil {
		return err
	}
	name := alias(d.Table, d.Alias)
	var values []sql.Expr
	if len(d.Returning) > 0 {
		for _, i := range c.stored {
			values = append(values, &sql.Ident{Node: d.Table.Node, Parts: []string{name, c.t.Columns[i].Name}})
		}
	}
	var err error
	if c.node, err = c.rows(d.Table, d.Alias, d.Where, values); err != nil {
		return err
	}
	return c.returning(d.Returning, name)
}
