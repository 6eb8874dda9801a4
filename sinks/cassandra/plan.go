package cassandra

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/catalog"
	"millrace/internal/cassandra"
	"millrace/sinks"
	"millrace/sqlerr"
)

// plan is how the rows of a query become statements.
type plan struct {
	table    *cassandra.Table
	columns  []column // of the input
	key      []int    // positions in columns of the primary key: the partition key, then the clustering columns
	keyParts int      // how many of key are the partition key
	insert   string   // takes the columns, then the timestamp
	delete   string   // takes the timestamp, then the key
}

// column is a column of the input.
type column struct {
	name    string
	typ     cassandra.Type
	enc     *cassandra.Encoder
	notNull bool // declared so, or part of the key
	key     bool
}

// newPlan checks what a query writes against the table of the cluster.
func newPlan(w *sinks.Write, t *cassandra.Table) (*plan, error) {
	p := &plan{table: t}
	for i, at := range w.Columns {
		c, err := newColumn(w.Table, at, w.In[i].NotNull || w.Table.Columns[at].NotNull, t)
		if err != nil {
			return nil, err
		}
		p.columns = append(p.columns, c)
	}
	if err := checkKey(w.Table, t); err != nil {
		return nil, err
	}
	for _, at := range t.Key() {
		name := t.Columns[at].Name
		i := slices.IndexFunc(p.columns, func(c column) bool { return c.name == name })
		if i < 0 {
			return nil, sqlerr.New(sqlerr.NotNullViolation, w.Table.Options["connector"].Pos, "column %q is part of the primary key of %s, but the query gives no value for it", name, t).
				WithHint("The primary key of %s is (%s).", t, strings.Join(t.KeyNames(), ", "))
		}
		p.columns[i].notNull, p.columns[i].key = true, true
		p.key = append(p.key, i)
	}
	p.keyParts = len(t.Partition)
	for i, c := range w.Table.Columns {
		if c.NotNull && c.Metadata == "" && c.Computed == "" && !slices.Contains(w.Columns, i) {
			return nil, sqlerr.New(sqlerr.NotNullViolation, c.Pos, "column %q of table %q is NOT NULL, but the query gives no value for it", c.Name, w.Table.Name)
		}
	}
	ttl := w.Table.DurationOption("ttl", 0)
	p.statements(ttl)
	return p, nil
}

func newColumn(table *catalog.Table, at int, notNull bool, t *cassandra.Table) (column, error) {
	c := table.Columns[at]
	if c.Metadata != "" || c.Computed != "" {
		return column{}, sqlerr.New(sqlerr.InvalidDefinition, c.Pos, "column %q of table %q cannot be written", c.Name, table.Name).
			WithHint("Name the columns to write: INSERT INTO %s (…).", table.Name)
	}
	i := t.Index(c.Name)
	if i < 0 {
		err := sqlerr.New(sqlerr.UndefinedColumn, c.Pos, "table %s of Cassandra has no column %q", t, c.Name)
		err.Hint = sqlerr.Suggest(c.Name, t.ColumnNames())
		return column{}, err
	}
	typ := t.Columns[i].Type
	switch typ.Name {
	case "counter":
		return column{}, sqlerr.Unsupported(c.Pos, fmt.Sprintf("writing column %q of %s, a counter,", c.Name, t),
			"A counter cannot be set, and adding to it again after a restart would count twice: use a bigint.")
	case "tuple": // the driver takes the parts of a tuple one by one, which has no way to leave a NULL one unset
		return column{}, sqlerr.Unsupported(c.Pos, fmt.Sprintf("writing column %q of %s, a %s,", c.Name, t, typ), "Make it a user-defined type.")
	}
	enc, err := cassandra.NewEncoder(c.Type, typ)
	if err != nil {
		var fit []string
		for _, k := range typ.Kinds() {
			fit = append(fit, k.String())
		}
		mismatch := sqlerr.New(sqlerr.DatatypeMismatch, c.Pos, "column %q is %s, but %s in table %s of Cassandra", c.Name, c.Type, typ, t).Because(err).
			WithDetail("%v", err)
		if len(fit) > 0 && !slices.Contains(typ.Kinds(), c.Type.Kind) {
			mismatch.Hint = fmt.Sprintf("Declare it as %s, and CAST in the query where it gives another type.", strings.Join(fit, " or "))
		}
		return column{}, mismatch
	}
	return column{name: c.Name, typ: typ, enc: enc, notNull: notNull}, nil
}

// checkKey: the key that the statement declares has the columns of the cluster's.
func checkKey(table *catalog.Table, t *cassandra.Table) error {
	var declared []string
	for _, i := range table.PrimaryKey {
		declared = append(declared, table.Columns[i].Name)
	}
	have := t.KeyNames()
	if slices.Equal(slices.Sorted(slices.Values(declared)), slices.Sorted(slices.Values(have))) {
		return nil
	}
	return sqlerr.New(sqlerr.InvalidDefinition, table.Columns[table.PrimaryKey[0]].Pos, "the primary key of table %q is (%s), but (%s) in table %s of Cassandra",
		table.Name.String(), strings.Join(declared, ", "), strings.Join(have, ", "), t).
		WithHint("Declare PRIMARY KEY (%s).", strings.Join(have, ", "))
}

// statements writes the CQL.
func (p *plan) statements(ttl time.Duration) {
	name := cassandra.Quote(p.table.Keyspace) + "." + cassandra.Quote(p.table.Name)
	var columns, marks, where []string
	for _, c := range p.columns {
		columns = append(columns, cassandra.Quote(c.name))
		marks = append(marks, "?")
	}
	for _, i := range p.key {
		where = append(where, columns[i]+" = ?")
	}
	using := "USING TIMESTAMP ?"
	p.delete = fmt.Sprintf("DELETE FROM %s %s WHERE %s", name, using, strings.Join(where, " AND "))
	if ttl > 0 {
		using += fmt.Sprintf(" AND TTL %d", int64(ttl.Seconds()))
	}
	p.insert = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) %s", name, strings.Join(columns, ", "), strings.Join(marks, ", "), using)
}

// withCreate adds the statement that would make the missing table to the hint.
func withCreate(err error, table *catalog.Table, keyspace, name string) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != sqlerr.UndefinedTable && e.Code != sqlerr.InvalidCatalogName {
		return err
	}
	var columns, cqlTypes, key []string
	for _, c := range table.Columns {
		if c.Metadata == "" && c.Computed == "" {
			columns = append(columns, c.Name)
			cqlTypes = append(cqlTypes, cassandra.CQL(c.Type, false))
		}
	}
	for _, i := range table.PrimaryKey {
		key = append(key, table.Columns[i].Name)
	}
	create := cassandra.CreateTable(keyspace, name, columns, cqlTypes, key)
	if e.Code == sqlerr.UndefinedTable {
		create = "To create it: " + create
	}
	e.Hint = strings.TrimSpace(e.Hint + " " + create)
	return e
}
