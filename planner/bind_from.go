package planner

import (
	"millrace/catalog"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// from binds an item of FROM.
func (b *binder) from(ref sql.TableRef, ctes map[string]*relation) (*relation, error) {
	switch r := ref.(type) {
	case *sql.TableName:
		if r == b.target {
			rel := b.scan(b.keyed, r.Name)
			rel.cols[len(rel.cols)-1].name = keyName
			return rel.rename(r.Alias)
		}
		rel, err := b.table(r.Name, ctes)
		if err != nil {
			return nil, err
		}
		if r.AsOf != nil {
			return nil, sqlerr.Unsupported(r.AsOf.Pos(), "FOR SYSTEM_TIME AS OF", "Join against the table as it is.")
		}
		return rel.rename(r.Alias)
	case *sql.Derived:
		return b.derived(r, ctes)
	case *sql.TableFunc:
		if isSetReturning(r.Name) {
			return b.setReturning(r, nil, false)
		}
		rel, err := b.tableFunc(r, ctes)
		if err != nil {
			return nil, err
		}
		return rel.rename(r.Alias)
	case *sql.Join:
		return b.join(r, ctes)
	}
	return nil, sqlerr.New(sqlerr.Internal, ref.Pos(), "FROM holds a %T", ref)
}

func (b *binder) derived(r *sql.Derived, ctes map[string]*relation) (*relation, error) {
	rel, err := b.query(r.Query, ctes)
	if err != nil {
		return nil, err
	}
	if rel, err = settle(rel); err != nil {
		return nil, err
	}
	return rel.rename(r.Alias)
}

// table binds a name of FROM: a CTE, or a view or table of the catalog.
func (b *binder) table(name sql.ObjectName, ctes map[string]*relation) (*relation, error) {
	if len(name.Parts) == 1 {
		if rel, ok := ctes[name.Parts[0]]; ok {
			return rel, b.readCTE(rel, name)
		}
	}
	if v := within(b.env.Catalog, name).View(b.ctx, TableName(name)); v != nil {
		b.seen(v.Name)
		return b.view(v, name)
	}
	t, err := lookup(b.ctx, b.env.Catalog, name)
	if err != nil {
		return nil, err
	}
	b.seen(t.Name)
	if t.Direction == catalog.Out {
		return nil, sqlerr.New(sqlerr.InvalidDefinition, name.Pos(), "%q was declared with CREATE SINK and can't be read", t.Name.String()).
			WithHint("Declare it with CREATE TABLE or CREATE SOURCE.")
	}
	conn, err := b.env.Sources(t.Connector())
	if err != nil {
		return nil, at(err, name.Pos())
	}
	if err := conn.Check(t); err != nil {
		return nil, at(err, name.Pos())
	}
	return b.withTableOID(b.scan(t, name), t, name), nil
}

// withTableOID gives a system relation the column that says of each row which relation it is of. Clients compare it with
// the columns of pg_description and pg_depend that say so.
func (b *binder) withTableOID(rel *relation, t *catalog.Table, name sql.ObjectName) *relation {
	if t.Connector() != catalog.System || b.env.Objects == nil {
		return rel
	}
	oid, err := b.env.Objects.OID(types.SysRegClass, t.Name.Schema+"."+t.Name.Table)
	if err != nil {
		return rel
	}
	typ := types.SysOf(types.SysOID)
	p := &logical.Project{Input: rel.node, At: name.Pos()}
	for i, c := range rel.cols {
		p.Exprs, p.Names = append(p.Exprs, rel.column(i, name.Pos())), append(p.Names, c.name)
	}
	p.Exprs, p.Names = append(p.Exprs, expr.NewLiteral(int64(oid), typ, name.Pos())), append(p.Names, "tableoid")
	rel.node = p
	rel.cols = append(rel.cols, scopeColumn{table: name.Parts[len(name.Parts)-1], name: "tableoid", typ: typ, system: true})
	return rel
}

func (b *binder) seen(n catalog.Name) {
	if b.env.Seen != nil {
		b.env.Seen(n)
	}
}

// scan reads all columns of a table.
func (b *binder) scan(t *catalog.Table, name sql.ObjectName) *relation {
	s := &logical.Scan{Table: t, At: name.Pos()}
	rel := &relation{node: s}
	for i, c := range t.Columns {
		s.Columns = append(s.Columns, i)
		rel.cols = append(rel.cols, scopeColumn{table: name.Parts[len(name.Parts)-1], name: c.Name, typ: b.env.namedType(c.Type)})
	}
	return rel
}
