package planner

import (
	"context"

	"millrace/sql"
)

// TableAs is CREATE TABLE with the columns of the query of CREATE TABLE AS.
func (e *Env) TableAs(ctx context.Context, c *sql.CreateTable) (*sql.CreateTable, error) {
	b := &binder{env: e, ctx: ctx}
	rel, err := b.query(c.Query, nil)
	if err == nil {
		rel, err = settle(rel)
	}
	if err != nil {
		return nil, err
	}
	if err := uniqueNames(rel.schema(), c.Name); err != nil {
		return nil, err
	}
	out := *c
	out.Query = nil
	for _, col := range rel.cols {
		out.Columns = append(out.Columns, sql.ColumnDef{Name: sql.Name{Node: c.Name.Node, Text: col.name}, Type: col.typ.Storable()})
	}
	out.Text = sql.Print(&out)
	return &out, nil
}
