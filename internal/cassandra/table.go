package cassandra

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/sqlerr"
)

// Table is a table as the cluster has it.
type Table struct {
	Keyspace, Name string
	Columns        []Column
	Partition      []int // positions in Columns of the partition key, in its order
	Clustering     []int // of the clustering columns
}

// Column is a column of a table.
type Column struct {
	Name string
	Type Type
}

// String is the table's name with its keyspace.
func (t *Table) String() string { return t.Keyspace + "." + t.Name }

// Key lists the positions of the primary key.
func (t *Table) Key() []int { return slices.Concat(t.Partition, t.Clustering) }

// Index returns the position of a column, or -1.
func (t *Table) Index(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// ColumnNames lists the columns' names.
func (t *Table) ColumnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// KeyNames lists the names of the primary key's columns.
func (t *Table) KeyNames() []string {
	var names []string
	for _, i := range t.Key() {
		names = append(names, t.Columns[i].Name)
	}
	return names
}

// Describe reads what a table looks like from system_schema. A keyspace or table that does not exist is an error with
// the nearest name; c tells where they were named.
func Describe(ctx context.Context, s *gocql.Session, c *Config, keyspace, table string) (*Table, error) {
	failed := func(err error) error {
		return sqlerr.New(sqlerr.ConnectionFailure, c.Pos, "cannot read the schema of keyspace %q from Cassandra at %s: %v", keyspace, c.address(), err).Because(err)
	}
	keyspaces, err := names(ctx, s, "SELECT keyspace_name FROM system_schema.keyspaces")
	if err != nil {
		return nil, failed(err)
	}
	if !slices.Contains(keyspaces, keyspace) {
		keyspaces = slices.DeleteFunc(keyspaces, func(n string) bool { return n == "system" || strings.HasPrefix(n, "system_") })
		err := sqlerr.New(sqlerr.InvalidCatalogName, c.Pos, "keyspace %q does not exist in Cassandra at %s", keyspace, c.address())
		err.Hint = strings.TrimSpace(sqlerr.Suggest(keyspace, keyspaces) + fmt.Sprintf(" To create it: CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1};", bare(keyspace)))
		return nil, err
	}
	tables, err := names(ctx, s, "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", keyspace)
	if err != nil {
		return nil, failed(err)
	}
	if !slices.Contains(tables, table) {
		err := sqlerr.New(sqlerr.UndefinedTable, c.Pos, "table %q does not exist in keyspace %q of Cassandra at %s", table, keyspace, c.address())
		err.Hint = sqlerr.Suggest(table, tables)
		return nil, err
	}
	udts, err := userTypes(ctx, s, keyspace)
	if err != nil {
		return nil, failed(err)
	}
	t := &Table{Keyspace: keyspace, Name: table}
	if err := t.readColumns(ctx, s, udts); err != nil {
		return nil, failed(err)
	}
	return t, nil
}

// bare is a name as CREATE takes it: quoted only where it has to be.
func bare(name string) string {
	for i, r := range name {
		if !(r == '_' || r >= 'a' && r <= 'z' || i > 0 && r >= '0' && r <= '9') {
			return Quote(name)
		}
	}
	return name
}

// CreateTable is the CQL that makes a table of columns with CQL types, whose key is the first of them and the rest its
// clustering columns.
func CreateTable(keyspace, table string, columns []string, cqlTypes []string, key []string) string {
	parts := make([]string, 0, len(columns)+1)
	for i, name := range columns {
		parts = append(parts, bare(name)+" "+cqlTypes[i])
	}
	quoted := make([]string, len(key))
	for i, name := range key {
		quoted[i] = bare(name)
	}
	parts = append(parts, "PRIMARY KEY ("+strings.Join(quoted, ", ")+")")
	return fmt.Sprintf("CREATE TABLE %s.%s (%s);", bare(keyspace), bare(table), strings.Join(parts, ", "))
}

func names(ctx context.Context, s *gocql.Session, query string, args ...any) ([]string, error) {
	it := s.Query(query, args...).Consistency(gocql.LocalOne).Idempotent(true).IterContext(ctx)
	var all []string
	for name := ""; it.Scan(&name); {
		all = append(all, name)
	}
	return all, it.Close()
}

func userTypes(ctx context.Context, s *gocql.Session, keyspace string) (map[string]udt, error) {
	it := s.Query("SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?", keyspace).
		Consistency(gocql.LocalOne).Idempotent(true).IterContext(ctx)
	all := map[string]udt{}
	for {
		var name string
		var def udt
		if !it.Scan(&name, &def.fields, &def.types) {
			return all, it.Close()
		}
		all[name] = def
	}
}

// readColumns fills in the columns, those of the key first.
func (t *Table) readColumns(ctx context.Context, s *gocql.Session, udts map[string]udt) error {
	it := s.Query("SELECT column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?", t.Keyspace, t.Name).
		Consistency(gocql.LocalOne).Idempotent(true).IterContext(ctx)
	type column struct {
		name, kind, text string
		position         int
	}
	var all []column
	for {
		var c column
		if !it.Scan(&c.name, &c.kind, &c.position, &c.text) {
			break
		}
		all = append(all, c)
	}
	if err := it.Close(); err != nil {
		return err
	}
	rank := map[string]int{"partition_key": 0, "clustering": 1, "static": 2, "regular": 3}
	slices.SortFunc(all, func(a, b column) int {
		return cmp.Or(rank[a.kind]-rank[b.kind], a.position-b.position, strings.Compare(a.name, b.name))
	})
	for i, c := range all {
		typ, err := parseType(c.text, udts)
		if err != nil {
			return fmt.Errorf("column %q: %w", c.name, err)
		}
		t.Columns = append(t.Columns, Column{Name: c.name, Type: typ})
		switch c.kind {
		case "partition_key":
			t.Partition = append(t.Partition, i)
		case "clustering":
			t.Clustering = append(t.Clustering, i)
		}
	}
	return nil
}
