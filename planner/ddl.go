package planner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"millrace/catalog"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sinks"
	"millrace/sources"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Table binds CREATE TABLE, SOURCE or SINK: names, types, the connector and its options, computed columns, the
// primary key and the watermark. It does no I/O, unless columns are left out that the connector has to find out.
func (e *Env) Table(ctx context.Context, c *sql.CreateTable) (*catalog.Table, error) {
	t := &catalog.Table{
		Name:       TableName(c.Name),
		Direction:  catalog.Direction(c.Direction),
		Options:    map[string]catalog.Option{},
		AppendOnly: c.AppendOnly,
		SQL:        c.Text,
	}
	for _, o := range c.Options {
		if _, twice := t.Options[o.Key.Text]; twice {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Key.Pos(), "option %q is given twice", o.Key.Text)
		}
		t.Options[o.Key.Text] = catalog.Option{Value: o.Value.Text, Pos: o.Value.Pos(), Key: o.Key.Pos()}
	}
	if len(c.Options) == 0 && t.Direction == catalog.Both {
		t.Options["connector"] = catalog.Option{Value: catalog.Embedded, Pos: c.Pos(), Key: c.Pos()}
	}
	switch {
	case t.Connector() == "":
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, c.Pos(), "the table has no connector").WithHint("Add WITH (connector = '…').")
	case t.Connector() == catalog.System:
		return nil, sqlerr.Unsupported(t.Options["connector"].Pos, "a table of connector 'system'", "Read pg_catalog and information_schema by the names of their relations.")
	case c.AppendOnly && !t.Embedded():
		return nil, sqlerr.Unsupported(c.Pos(), "APPEND ONLY of a table of connector '"+t.Connector()+"'", "Leave it out: it is for tables that millrace keeps, those with no WITH.")
	}
	for i := range c.Columns {
		d := &c.Columns[i]
		if t.Schema().Index(d.Name.Text) >= 0 {
			return nil, sqlerr.New(sqlerr.DuplicateColumn, d.Name.Pos(), "column %q is declared twice", d.Name.Text)
		}
		if !d.Type.Equal(d.Type.Storable()) {
			return nil, sqlerr.Unsupported(d.Name.Pos(), "a column of type "+d.Type.String(), "Use "+d.Type.Storable().String()+".")
		}
		col := catalog.Column{Column: types.Column{Name: d.Name.Text, Type: d.Type, NotNull: d.NotNull}, Pos: d.Name.Pos()}
		if d.HasMetadata {
			col.Metadata = d.Metadata
		}
		if d.Computed != nil {
			col.Computed = sql.PrintExpr(d.Computed)
		}
		if d.Default != nil {
			if !t.Embedded() {
				return nil, sqlerr.Unsupported(d.Default.Pos(), "DEFAULT of a table of connector '"+t.Connector()+"'", "Leave it out: it is for tables that millrace keeps, those with no WITH.")
			}
			col.Default = sql.PrintExpr(d.Default)
		}
		t.Columns = append(t.Columns, col)
	}
	if len(c.Columns) == 0 {
		if err := e.discover(ctx, t, c); err != nil {
			return nil, err
		}
	}
	if len(t.Columns) == 0 {
		return nil, sqlerr.New(sqlerr.InvalidDefinition, c.Pos(), "table %q has no columns", t.Name.String()).
			WithHint("Declare its columns: CREATE TABLE %s (name TYPE, …).", t.Name.String())
	}
	if err := e.connectorOf(t); err != nil {
		return nil, err
	}
	for i := range c.Columns {
		if d := &c.Columns[i]; d.Computed != nil {
			if err := e.computed(ctx, t, i, d); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range c.PrimaryKey {
		i, err := tableColumn(t, k)
		if err != nil {
			return nil, err
		}
		if slices.Contains(t.PrimaryKey, i) {
			return nil, sqlerr.New(sqlerr.DuplicateColumn, k.Pos(), "column %q is twice in the primary key", k.Text)
		}
		t.PrimaryKey = append(t.PrimaryKey, i)
		t.Columns[i].NotNull = t.Columns[i].NotNull || t.Embedded()
	}
	if t.Embedded() {
		if err := e.embedded(ctx, t, c); err != nil {
			return nil, err
		}
	}
	if c.Watermark != nil {
		w, err := watermark(t, c.Watermark)
		if err != nil {
			return nil, err
		}
		t.Watermark = w
	}
	return t, nil
}

// discover asks the connector for the columns of a table that is declared without any. They become part of the
// statement that is kept: what the table is does not change when its files do.
func (e *Env) discover(ctx context.Context, t *catalog.Table, c *sql.CreateTable) error {
	conn, err := e.Sources(t.Connector())
	d, ok := conn.(sources.Describer)
	if err != nil || !ok || t.Direction == catalog.Out {
		return nil
	}
	if err := catalog.CheckOptions(t, conn.Options()); err != nil {
		return err
	}
	found, err := d.Columns(ctx, t)
	if err != nil {
		return at(err, t.Options["connector"].Pos)
	}
	for _, col := range found {
		t.Columns = append(t.Columns, catalog.Column{Column: col, Pos: c.Name.Pos()})
	}
	t.SQL = c.WithColumns(found)
	return nil
}

// embedded checks what only tables that millrace keeps have: defaults, and a key that rows are found by.
func (e *Env) embedded(ctx context.Context, t *catalog.Table, c *sql.CreateTable) error {
	source, err := e.Sources(catalog.Embedded)
	if err != nil {
		return at(err, c.Pos())
	}
	if err := source.Check(t); err != nil {
		return at(err, c.Pos())
	}
	if len(storedColumns(t)) == 0 {
		return sqlerr.New(sqlerr.InvalidDefinition, c.Pos(), "table %q has only computed columns", t.Name.String())
	}
	for i := range c.Columns {
		d := c.Columns[i].Default
		if d == nil {
			continue
		}
		x, err := (&exprBinder{b: &binder{env: e, ctx: ctx}, rel: &relation{}, noAgg: "DEFAULT"}).bind(d)
		if err != nil {
			return err
		}
		if _, ok := expr.Assign(x, t.Columns[i].Type); !ok {
			return notAssignable(t, i, x.Type(), "", d.Pos())
		}
	}
	return nil
}

// connectorOf checks a table against its connector, as a source, as a sink, or as both.
func (e *Env) connectorOf(t *catalog.Table) error {
	pos := t.Options["connector"].Pos
	source, inErr := e.Sources(t.Connector())
	sink, outErr := e.Sinks(t.Connector())
	switch {
	case inErr != nil && outErr != nil:
		return at(inErr, pos)
	case t.Direction == catalog.In && inErr != nil:
		return at(inErr, pos)
	case t.Direction == catalog.Out && outErr != nil:
		return at(outErr, pos)
	}
	var specs []catalog.OptionSpec
	if inErr == nil {
		specs = append(specs, source.Options()...)
	}
	if outErr == nil {
		for _, o := range sink.Options() {
			if !slices.ContainsFunc(specs, func(s catalog.OptionSpec) bool { return s.Name == o.Name }) {
				specs = append(specs, o)
			}
		}
	}
	if t.Direction == catalog.Both && inErr == nil && outErr == nil { // what only one side needs is asked when that side is used
		for i := range specs {
			specs[i].Required = specs[i].Required && requiredByBoth(specs[i].Name, source, sink)
		}
	}
	if err := catalog.CheckOptions(t, specs); err != nil {
		return err
	}
	if inErr == nil && (t.Direction != catalog.Out) {
		if err := metadata(t, source); err != nil {
			return err
		}
	}
	for i, c := range t.Columns {
		if c.Metadata != "" && inErr != nil {
			return sqlerr.New(sqlerr.InvalidDefinition, c.Pos, "connector %q has no metadata for column %q", t.Connector(), t.Columns[i].Name)
		}
	}
	if t.Direction == catalog.In {
		return at(source.Check(t), pos)
	}
	if t.Direction == catalog.Out {
		return at(sink.Check(t), pos)
	}
	return nil
}

func requiredByBoth(name string, a sources.Connector, b sinks.Connector) bool {
	required := func(s catalog.OptionSpec) bool { return s.Name == name && s.Required }
	return slices.ContainsFunc(a.Options(), required) && slices.ContainsFunc(b.Options(), required)
}

func metadata(t *catalog.Table, source sources.Connector) error {
	have := source.Metadata()
	for _, c := range t.Columns {
		if c.Metadata == "" || have.Index(c.Metadata) >= 0 {
			continue
		}
		err := sqlerr.New(sqlerr.UndefinedColumn, c.Pos, "connector %q has no metadata %q", t.Connector(), c.Metadata)
		err.Hint = sqlerr.Suggest(c.Metadata, have.Names())
		return err
	}
	return nil
}

// computed binds name AS expr over the columns that are not computed, and gives the column its type.
func (e *Env) computed(ctx context.Context, t *catalog.Table, i int, d *sql.ColumnDef) error {
	b := &binder{env: e, ctx: ctx}
	x, err := (&exprBinder{b: b, rel: physical(t), noAgg: "a computed column"}).bind(d.Computed)
	if err != nil {
		var se *sqlerr.Error
		if errors.As(err, &se) && se.Code == sqlerr.UndefinedColumn && namesComputed(t, d.Computed) {
			se.Hint = "A computed column can't read another one: repeat its expression."
		}
		return err
	}
	if expr.Volatile(x) {
		return sqlerr.New(sqlerr.InvalidDefinition, x.Pos(), "column %q would have another value each time it is read", d.Name.Text).
			WithHint("A computed column must give the same value for the same record: compute it in the query.")
	}
	if x.Type().Kind == types.Unknown {
		x, _ = expr.Coerce(x, types.Of(types.Text))
	}
	t.Columns[i].Type = x.Type()
	return nil
}

func namesComputed(t *catalog.Table, e sql.Expr) bool {
	if id, ok := e.(*sql.Ident); ok {
		i := t.Schema().Index(id.Parts[0])
		return i >= 0 && t.Columns[i].Computed != ""
	}
	return slices.ContainsFunc(children(e), func(c sql.Expr) bool { return namesComputed(t, c) })
}

// physical is the relation of a table's columns that are not computed. Its columns keep their position in the table:
// computed ones are there without a name.
func physical(t *catalog.Table) *relation {
	rel := &relation{node: &logical.Scan{Table: t}}
	for i, c := range t.Columns {
		col := scopeColumn{table: t.Name.Table, name: c.Name, typ: c.Type}
		if c.Computed != "" {
			col = scopeColumn{}
		}
		rel.cols = append(rel.cols, col)
		rel.node.(*logical.Scan).Columns = append(rel.node.(*logical.Scan).Columns, i)
	}
	return rel
}

func tableColumn(t *catalog.Table, n sql.Name) (int, error) {
	i := t.Schema().Index(n.Text)
	if i < 0 {
		err := sqlerr.New(sqlerr.UndefinedColumn, n.Pos(), "column %q does not exist in table %q", n.Text, t.Name.String())
		err.Hint = sqlerr.Suggest(n.Text, t.ColumnNames())
		return 0, err
	}
	return i, nil
}

// watermark reads WATERMARK FOR c AS c or c - INTERVAL '…'.
func watermark(t *catalog.Table, w *sql.WatermarkDef) (*catalog.Watermark, error) {
	i, err := tableColumn(t, w.Column)
	if err != nil {
		return nil, err
	}
	if !t.Columns[i].Type.Temporal() {
		return nil, notATime(&sql.Ident{Node: w.Column.Node, Parts: []string{w.Column.Text}}, t.Columns[i].Type)
	}
	wrong := sqlerr.New(sqlerr.InvalidDefinition, w.Expr.Pos(), "a watermark must be the column less a constant interval").
		WithHint("Write WATERMARK FOR %s AS %s - INTERVAL '5' SECOND.", w.Column.Text, w.Column.Text)
	isColumn := func(e sql.Expr) bool {
		id, ok := e.(*sql.Ident)
		return ok && strings.Join(id.Parts, ".") == w.Column.Text
	}
	if isColumn(w.Expr) {
		return &catalog.Watermark{Column: i}, nil
	}
	b, ok := w.Expr.(*sql.Binary)
	if !ok || b.Op != "-" || !isColumn(b.Left) {
		return nil, wrong
	}
	in, ok := b.Right.(*sql.IntervalLit)
	if !ok || in.Months != 0 {
		return nil, wrong
	}
	delay := time.Duration(in.Nanos) + time.Duration(in.Days)*24*time.Hour
	if delay < 0 {
		return nil, sqlerr.New(sqlerr.InvalidDefinition, in.Pos(), "a watermark can't be ahead of its column").
			WithHint("Give the interval that rows may come late by, as a positive length.")
	}
	return &catalog.Watermark{Column: i, Delay: delay}, nil
}
