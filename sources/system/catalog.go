package system

import (
	"context"
	"slices"

	"millrace/catalog"
	"millrace/sqlerr"
)

const (
	infoSchema = "information_schema"
	ownSchema  = "millrace"
)

// Catalog is a catalog that has the relations of the system too. Names that have no schema are of pg_catalog first, as in
// PostgreSQL, and then of the schemas of the search path.
type Catalog struct {
	catalog.Catalog
	snapshot *Snapshot
}

// Over puts the relations of a snapshot over a catalog.
func Over(c catalog.Catalog, s *Snapshot) Catalog { return Catalog{c, s} }

// Under is the catalog without them.
func (c Catalog) Under() catalog.Catalog { return c.Catalog }

// Table finds a table of the system or of the catalog below.
func (c Catalog) Table(ctx context.Context, n catalog.Name) (*catalog.Table, error) {
	if t := c.system(n); t != nil {
		return t, nil
	}
	if catalog.Reserved(n.Schema) {
		err := sqlerr.New(sqlerr.UndefinedTable, 0, "relation %q does not exist", n.String())
		var names []string
		for _, r := range relations() {
			if r.schema == n.Schema {
				names = append(names, r.name)
			}
		}
		err.Hint = sqlerr.Suggest(n.Table, names)
		return nil, err
	}
	return c.Catalog.Table(ctx, n)
}

// View finds a view, unless a relation of the system comes before it.
func (c Catalog) View(ctx context.Context, n catalog.Name) *catalog.View {
	if c.system(n) != nil {
		return nil
	}
	return c.Catalog.View(ctx, n)
}

func (c Catalog) system(n catalog.Name) *catalog.Table {
	schemas := []string{n.Schema}
	if n.Schema == "" {
		schemas = append([]string{pgSchema}, c.snapshot.searchPath()...)
	}
	for _, schema := range schemas {
		if schema == catalog.Public {
			return nil
		}
		if r := byName()[catalog.Name{Schema: schema, Table: n.Table}]; r != nil && n.Catalog == "" {
			return r.table(c.snapshot)
		}
	}
	return nil
}

// Relation reports whether a name is that of a relation of the system.
func Relation(n catalog.Name) bool {
	if n.Schema == "" {
		n.Schema = pgSchema
	}
	return n.Catalog == "" && slices.ContainsFunc(relations(), func(r *relation) bool { return r.schema == n.Schema && r.name == n.Table })
}
