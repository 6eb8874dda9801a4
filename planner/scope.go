package planner

import (
	"context"
	"errors"
	"slices"

	"millrace/catalog"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// relation is a bound FROM item or query: its tree, and the names that its columns go by.
type relation struct {
	node logical.Node
	cols []scopeColumn // as long as node.Schema()
}

// scopeColumn is a column by the names it can be called.
type scopeColumn struct {
	table string // alias, or the table's own name; empty: none
	name  string
	typ   types.Type
	// hidden: of two columns that USING made one. It is only there for who names its table.
	hidden bool
	// system: of a system relation, and not in its *.
	system bool
}

func (r *relation) column(i int, pos sqlerr.Pos) expr.Expr {
	return expr.NewColumn(i, r.cols[i].name, r.cols[i].typ, pos)
}

// rename gives all columns a new table name, and, from the left, new column names.
func (r *relation) rename(a sql.Alias) (*relation, error) {
	if a.Name == nil {
		return r, nil
	}
	if len(a.Columns) > len(r.cols) {
		return nil, sqlerr.New(sqlerr.SyntaxError, a.Columns[len(r.cols)].Pos(), "%q has %d columns but %d names are given", a.Name.Text, len(r.cols), len(a.Columns))
	}
	out := &relation{node: r.node, cols: slices.Clone(r.cols)}
	for i := range out.cols {
		out.cols[i].table = a.Name.Text
		if i < len(a.Columns) {
			out.cols[i].name = a.Columns[i].Text
		}
	}
	return out, nil
}

// resolve finds the column that parts name: column, table.column; what is left over names fields of it.
func (r *relation) resolve(id *sql.Ident) (col int, fields []string, err error) {
	parts := id.Parts
	match := func(table, name string) (found int, err error) {
		found = -1
		for i, c := range r.cols {
			if c.name == name && (table == "" && !c.hidden || table != "" && c.table == table) {
				if found >= 0 {
					return -1, sqlerr.New(sqlerr.AmbiguousColumn, id.Pos(), "column %q is ambiguous", name).
						WithHint("Write it as %q or %q.", r.cols[found].table+"."+name, c.table+"."+name)
				}
				found = i
			}
		}
		return found, nil
	}
	if len(parts) > 2 && (parts[0] == defaultSchema || catalog.Reserved(parts[0])) {
		if i, err := match(parts[1], parts[2]); err != nil || i >= 0 {
			return i, parts[3:], err
		}
	}
	if len(parts) > 1 {
		i, err := match(parts[0], parts[1])
		if err != nil || i >= 0 {
			return i, parts[2:], err
		}
	}
	i, err := match("", parts[0])
	if err != nil {
		return -1, nil, err
	}
	if i >= 0 && (len(parts) == 1 || r.cols[i].typ.Kind == types.Row || r.cols[i].typ.Kind == types.JSON) {
		return i, parts[1:], nil
	}
	return -1, nil, r.noColumn(id)
}

// defaultSchema is that of names without one.
const defaultSchema = catalog.Public

// tables are the names of the tables that the columns are of.
func (r *relation) tables() []string {
	var out []string
	for _, c := range r.cols {
		if c.table != "" && !slices.Contains(out, c.table) {
			out = append(out, c.table)
		}
	}
	return out
}

// isTable reports whether a name that is no column is that of the one table that there is. Where there are more, an outer join
// may leave one of them out, and its row would be NULL.
func (r *relation) isTable(id *sql.Ident) bool {
	return len(id.Parts) == 1 && slices.Equal(r.tables(), id.Parts)
}

// wholeRow is the row of the table that a name is of.
func (r *relation) wholeRow(id *sql.Ident) (expr.Expr, error) {
	var names []string
	var values []expr.Expr
	for i, c := range r.cols {
		if !c.system {
			names, values = append(names, c.name), append(values, r.column(i, id.Pos()))
		}
	}
	return expr.NewRow(names, values, id.Pos())
}

func (r *relation) noColumn(id *sql.Ident) error {
	parts := id.Parts
	var names []string
	tables := r.tables()
	for _, c := range r.cols {
		names = append(names, c.name)
	}
	if len(parts) > 1 && !slices.Contains(tables, parts[0]) {
		err := sqlerr.New(sqlerr.UndefinedTable, id.Pos(), "there is no table %q in FROM", parts[0])
		err.Hint = sqlerr.Suggest(parts[0], tables)
		return err
	}
	name := parts[0]
	if len(parts) > 1 {
		name = parts[1]
		names = nil
		for _, c := range r.cols {
			if c.table == parts[0] {
				names = append(names, c.name)
			}
		}
		tables = parts[:1]
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, id.Pos(), "column %q does not exist", name)
	if len(tables) == 1 {
		err.Message += " in table \"" + tables[0] + "\""
	}
	err.Hint = sqlerr.Suggest(name, names)
	return err
}

// lookup finds a table of the catalog; the error has the name's place.
func lookup(ctx context.Context, c catalog.Catalog, n sql.ObjectName) (*catalog.Table, error) {
	t, err := within(c, n).Table(ctx, TableName(n))
	if err != nil {
		return nil, at(err, n.Pos())
	}
	return t, nil
}

// within is the catalog that a name is looked for in: one that says public is none of the system's.
func within(c catalog.Catalog, n sql.ObjectName) catalog.Catalog {
	if under, ok := c.(interface{ Under() catalog.Catalog }); ok && SaysPublic(n) {
		return under.Under()
	}
	return c
}

// SaysPublic reports whether a name has the schema public written in front.
func SaysPublic(n sql.ObjectName) bool {
	k := len(n.Parts)
	return k > 1 && n.Parts[k-2] == defaultSchema
}

// TableName is a name as the catalog has it.
//
// The schema of a name that has none is public, as in PostgreSQL.
func TableName(n sql.ObjectName) catalog.Name {
	switch p := n.Parts; len(p) {
	case 1:
		return catalog.Name{Table: p[0]}
	case 2:
		if p[0] == defaultSchema {
			return catalog.Name{Table: p[1]}
		}
		return catalog.Name{Schema: p[0], Table: p[1]}
	default:
		if p[0] == catalog.Database && len(p) == 3 {
			return TableName(sql.ObjectName{Parts: p[1:]})
		}
		return catalog.Name{Catalog: p[0], Schema: p[1], Table: p[len(p)-1]}
	}
}

// systemTable is the error about writing to a relation of the system.
func systemTable(t *catalog.Table, pos sqlerr.Pos) error {
	return sqlerr.New(sqlerr.InsufficientPrivilege, pos, "permission denied: %q is a system catalog", t.Name.Table)
}

// at gives an error that has no place one.
func at(err error, pos sqlerr.Pos) error {
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Pos == 0 {
		e.Pos = pos
	}
	return err
}
