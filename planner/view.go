package planner

import (
	"context"
	"errors"
	"slices"

	"millrace/catalog"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// view binds a view where it is named. Nothing of the statement around it is seen in it.
func (b *binder) view(v *catalog.View, name sql.ObjectName) (*relation, error) {
	if slices.Contains(b.views, v.Name) {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, name.Pos(), "infinite recursion: view %q is defined by itself", v.Name.String())
	}
	q, err := sql.ParseQuery(v.Query)
	if err != nil {
		return nil, inView(v, name, err)
	}
	inner := &binder{env: b.env.withoutParams(), ctx: b.ctx, views: append(slices.Clone(b.views), v.Name)}
	rel, err := inner.query(sql.PlaceQuery(q, name.Pos()), nil)
	if err == nil {
		rel, err = settle(rel)
	}
	if err == nil {
		rel, err = rel.rename(viewAlias(v, name))
	}
	if err != nil {
		return nil, inView(v, name, err)
	}
	return rel, nil
}

// viewAlias gives a view's columns their names.
func viewAlias(v *catalog.View, name sql.ObjectName) sql.Alias {
	a := sql.Alias{Name: &sql.Name{Node: name.Node, Text: name.Parts[len(name.Parts)-1]}}
	for _, c := range v.Columns {
		a.Columns = append(a.Columns, sql.Name{Node: name.Node, Text: c})
	}
	return a
}

// inView says that an error is one of a view, at the place where the view is named.
func inView(v *catalog.View, name sql.ObjectName, err error) error {
	var se *sqlerr.Error
	if !errors.As(err, &se) {
		return err
	}
	out := *se
	out.Pos = name.Pos()
	out.Message = "in view \"" + v.Name.String() + "\": " + se.Message
	return &out
}

// ViewOf is the view that a statement makes, not bound.
func ViewOf(c *sql.CreateView) *catalog.View {
	v := &catalog.View{Name: TableName(c.Name), Query: sql.PrintQuery(c.Query), SQL: c.Text}
	for _, n := range c.Columns {
		v.Columns = append(v.Columns, n.Text)
	}
	return v
}

// View binds CREATE VIEW, so that a view that is wrong is not made.
func (e *Env) View(ctx context.Context, c *sql.CreateView) (*catalog.View, error) {
	v := ViewOf(c)
	if c.Query.Emit != nil {
		return nil, sqlerr.Unsupported(c.Query.Emit.Pos(), "EMIT in a view", "Write EMIT in the query that reads the view.")
	}
	schema, err := e.viewSchema(ctx, v, c)
	if err != nil {
		return nil, err
	}
	return v, uniqueNames(schema, c.Name)
}

// viewSchema binds a view's query in the text of its statement.
func (e *Env) viewSchema(ctx context.Context, v *catalog.View, c *sql.CreateView) (types.Schema, error) {
	b := &binder{env: e.withoutParams(), ctx: ctx, views: []catalog.Name{v.Name}}
	rel, err := b.query(c.Query, nil)
	if err == nil {
		rel, err = settle(rel)
	}
	if err == nil {
		rel, err = rel.rename(sql.Alias{Name: &sql.Name{Node: c.Name.Node, Text: v.Name.Table}, Columns: c.Columns})
	}
	if err != nil {
		return nil, err
	}
	return rel.schema(), nil
}

// ViewColumns are the columns that a view has now.
func (e *Env) ViewColumns(ctx context.Context, v *catalog.View, name sql.ObjectName) (types.Schema, error) {
	rel, err := (&binder{env: e, ctx: ctx}).view(v, name)
	if err != nil {
		return nil, err
	}
	return rel.schema(), nil
}

// schema is the columns by the names that they go by.
func (r *relation) schema() types.Schema {
	out := make(types.Schema, len(r.cols))
	for i, c := range r.cols {
		out[i] = types.Column{Name: c.name, Type: c.typ}
	}
	return out
}

func uniqueNames(s types.Schema, of sql.ObjectName) error {
	for i, c := range s {
		if s[:i].Index(c.Name) >= 0 {
			return sqlerr.New(sqlerr.DuplicateColumn, of.Pos(), "column %q specified more than once", c.Name).
				WithHint("Give each column of the query a name of its own: SELECT … AS name.")
		}
	}
	return nil
}
