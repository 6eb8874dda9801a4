package system

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"millrace/catalog"
	"millrace/types"
)

// Snapshot is the catalog as it is for one statement: what the relations show and what the functions on the catalog
// answer. Nothing is looked at before it is asked for. Safe for use by several goroutines.
type Snapshot struct {
	facts Facts

	objects    func() []*object
	byOID      func() map[uint32]*object
	attributes func() []attribute
	functions  func() []function
	users      func() []role
	sessions   func() []Activity
	settings   func() []Setting
	jobs       func() []Job
}

// NewSnapshot takes a snapshot.
func NewSnapshot(f Facts) *Snapshot {
	s := &Snapshot{facts: f}
	s.objects = sync.OnceValue(s.findObjects)
	s.byOID = sync.OnceValue(func() map[uint32]*object {
		m := map[uint32]*object{}
		for _, o := range s.objects() {
			m[o.oid] = o
		}
		return m
	})
	s.attributes = sync.OnceValue(s.findAttributes)
	s.functions = sync.OnceValue(func() []function { return allFunctions() })
	s.users = sync.OnceValue(s.findRoles)
	s.sessions = once(f.Sessions)
	s.settings = once(f.Settings)
	s.jobs = once(f.Jobs)
	return s
}

// once is a list that is asked for once; of nobody it is empty.
func once[T any](list func() []T) func() []T {
	if list == nil {
		return func() []T { return nil }
	}
	return sync.OnceValue(list)
}

// object is a relation of pg_class.
type object struct {
	oid          uint32
	schema, name string
	kind         byte           // 'r', 'v', 'm', 'i'
	table        *catalog.Table // of a user's table or materialized view, and of its index
	view         *catalog.View
	system       *relation
	of           *object // of an index: its table

	columns func() types.Schema
}

// user reports whether it is no relation of the system.
func (o *object) user() bool { return o.system == nil }

// hasKey reports whether it is a table with a primary key. What tells the rows of a materialized view apart is its own affair.
func (o *object) hasKey() bool { return o.kind == 'r' && o.table != nil && len(o.table.PrimaryKey) > 0 }

// findObjects lists the relations of the system, then those of the users by name.
func (s *Snapshot) findObjects() []*object {
	var out []*object
	for _, r := range relations() {
		out = append(out, &object{
			oid: r.definition.oid, schema: r.schema, name: r.name, kind: r.definition.kind, system: r,
			columns: func() types.Schema { return schemaOf(r.definition.columns) },
		})
	}
	user := len(out)
	if s.facts.Catalog == nil {
		return out
	}
	ctx := context.Background()
	names, _ := s.facts.Catalog.Tables(ctx, "", "")
	for _, n := range names {
		t, err := s.facts.Catalog.Table(ctx, n)
		if err != nil { // it has gone since
			continue
		}
		o := &object{schema: schemaName(n), name: n.Table, kind: 'r', table: t, columns: t.Schema}
		if t.Materialized() {
			o.kind = 'm'
		}
		out = append(out, o)
		if o.hasKey() {
			out = append(out, &object{schema: o.schema, name: o.name + "_pkey", kind: 'i', table: t, of: o, columns: func() types.Schema {
				var key types.Schema
				for _, k := range t.PrimaryKey {
					key = append(key, types.Column{Name: t.Columns[k].Name, Type: t.Columns[k].Type})
				}
				return key
			}})
		}
	}
	for _, v := range s.facts.Catalog.Views(ctx) {
		out = append(out, &object{schema: schemaName(v.Name), name: v.Name.Table, kind: 'v', view: v, columns: sync.OnceValue(func() types.Schema {
			columns, err := s.facts.ViewColumns(ctx, v)
			if err != nil { // a view whose tables have gone has no columns
				return nil
			}
			return columns
		})})
	}
	slices.SortStableFunc(out[user:], func(a, b *object) int {
		return cmp.Or(cmp.Compare(a.schema, b.schema), cmp.Compare(a.name, b.name))
	})
	number(out[user:], func(o *object) string { return o.schema + "." + o.name }, func(o *object, oid uint32) { o.oid = oid })
	return out
}

// schemaName is the schema of a name: public where it has none.
func schemaName(n catalog.Name) string { return cmp.Or(n.Schema, catalog.Public) }

func schemaOf(columns []catalog.Column) types.Schema {
	out := make(types.Schema, len(columns))
	for i, c := range columns {
		out[i] = c.Column
	}
	return out
}

// firstOID is the first that is not PostgreSQL's own.
const firstOID = 16384

// number gives OIDs to what is listed by name: the same to the same name, however often the catalog is opened. Names
// whose hashes meet take the next free number, in the order of the list.
func number[T any](list []T, name func(T) string, give func(T, uint32)) {
	taken := map[uint32]bool{}
	for _, x := range list {
		oid := hash(name(x))
		for taken[oid] {
			oid = firstOID + (oid+1-firstOID)%(oidRange)
		}
		taken[oid] = true
		give(x, oid)
	}
}

// oidRange keeps OIDs positive for who takes them for an int.
const oidRange = 1<<31 - firstOID

// hash is FNV-1a of a name, among the OIDs that are no one's.
func hash(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return firstOID + h%oidRange
}
