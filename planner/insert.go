package planner

import (
	"fmt"
	"strings"

	"millrace/catalog"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// insertTargets lists the columns of t that an INSERT writes, in the order of its query's columns: those that it
// names, or all that can be written.
func insertTargets(t *catalog.Table, ins *sql.Insert) ([]int, error) {
	if len(ins.Columns) == 0 {
		var all []int
		for i, c := range t.Columns {
			if c.Computed == "" && c.Metadata == "" {
				all = append(all, i)
			}
		}
		return all, nil
	}
	var targets []int
	for _, name := range ins.Columns {
		i := t.Schema().Index(name.Text)
		if i < 0 {
			err := sqlerr.New(sqlerr.UndefinedColumn, name.Pos(), "column %q does not exist in table %q", name.Text, t.Name.String())
			err.Hint = sqlerr.Suggest(name.Text, t.ColumnNames())
			return nil, err
		}
		if t.Columns[i].Computed != "" {
			return nil, sqlerr.New(sqlerr.InvalidDefinition, name.Pos(), "column %q of %q is computed and can't be written", name.Text, t.Name.String()).
				WithHint("Leave it out of the column list.")
		}
		if contains(targets, i) {
			return nil, sqlerr.New(sqlerr.DuplicateColumn, name.Pos(), "column %q is named twice", name.Text)
		}
		targets = append(targets, i)
	}
	return targets, nil
}

func columnCount(t *catalog.Table, ins *sql.Insert, targets []int, have int) error {
	names := make([]string, len(targets))
	for i, c := range targets {
		names[i] = t.Columns[c].Name
	}
	more := "fewer"
	if have > len(targets) {
		more = "more"
	}
	return sqlerr.New(sqlerr.SyntaxError, ins.Query.Pos(), "INSERT has %s expressions than target columns: %d for the %d of %q", more, have, len(targets), t.Name.String()).
		WithHint("The columns are (%s).", strings.Join(names, ", "))
}

// assign casts the query's columns to those of the table.
func assign(t *catalog.Table, targets []int, n logical.Node) (logical.Node, error) {
	in := n.Schema()
	p := &logical.Project{Input: n, At: n.Pos()}
	positions := outputPositions(n)
	for i, c := range targets {
		col := t.Columns[c]
		ref := expr.Expr(expr.NewColumn(i, in[i].Name, in[i].Type, positions[i]))
		cast, ok := expr.Assign(ref, col.Type)
		if !ok {
			return nil, notAssignable(t, c, in[i].Type, in[i].Name, positions[i])
		}
		p.Exprs = append(p.Exprs, cast)
		p.Names = append(p.Names, col.Name)
	}
	return p, nil
}

// notAssignable is the error of a value that does not go into its column.
func notAssignable(t *catalog.Table, column int, have types.Type, name string, pos sqlerr.Pos) error {
	col := t.Columns[column]
	return sqlerr.New(sqlerr.DatatypeMismatch, pos, "column %q of %q is %s but the query gives %s", col.Name, t.Name.String(), col.Type, have).
		WithHint("Write %s.", fmt.Sprintf("CAST(%s AS %s)", nameOr(name, "…"), col.Type))
}

func nameOr(name, other string) string {
	if name == "" || name == "?column?" {
		return other
	}
	return name
}

// outputPositions are the places of a query's output expressions, for errors about one of its columns.
func outputPositions(n logical.Node) []sqlerr.Pos {
	for {
		switch x := n.(type) {
		case *logical.Project:
			ps := make([]sqlerr.Pos, len(x.Exprs))
			for i, e := range x.Exprs {
				ps[i] = e.Pos()
			}
			return ps
		case *logical.Limit, *logical.Sort, *logical.Distinct:
			n = x.Inputs()[0]
		default:
			ps := make([]sqlerr.Pos, len(n.Schema()))
			for i := range ps {
				ps[i] = n.Pos()
			}
			return ps
		}
	}
}
