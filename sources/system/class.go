package system

import (
	"slices"

	"millrace/catalog"
)

// Numbers of PostgreSQL's own objects.
const (
	ownerOID    = 10 // of everything: the role of the installation
	catalogOID  = 11
	publicOID   = 2200
	databaseOID = 5
	heapOID     = 2
	btreeOID    = 403
	spaceOID    = 1663 // pg_default
)

func anyObject(*object) bool      { return true }
func systemObject(o *object) bool { return !o.user() }

// where lists the objects that a condition holds of.
func where(ok func(*object) bool) func(*Snapshot) []*object {
	return func(s *Snapshot) []*object {
		return slices.DeleteFunc(slices.Clone(s.objects()), func(o *object) bool { return !ok(o) })
	}
}

func (o *object) is(kinds ...byte) bool { return slices.Contains(kinds, o.kind) }

// namespaceOf is the OID of a schema.
func namespaceOf(schema string) uint32 {
	for _, n := range fixedSchemas {
		if n.name == schema {
			return n.oid
		}
	}
	return hash("schema " + schema)
}

// namespace is a schema.
type namespace struct {
	oid  uint32
	name string
}

var fixedSchemas = []namespace{{catalogOID, pgSchema}, {13207, infoSchema}, {13208, ownSchema}, {publicOID, catalog.Public}}

// namespaces are the schemas of the system, public, and those of tables that were made before others were refused.
func (s *Snapshot) namespaces() []namespace {
	out := slices.Clone(fixedSchemas)
	for _, o := range s.objects() {
		if !slices.ContainsFunc(out, func(n namespace) bool { return n.name == o.schema }) {
			out = append(out, namespace{namespaceOf(o.schema), o.schema})
		}
	}
	return out
}

var namespaceRows = of((*Snapshot).namespaces, map[string]func(namespace) any{
	"oid":      func(n namespace) any { return n.oid },
	"nspname":  func(n namespace) any { return n.name },
	"nspowner": func(namespace) any { return ownerOID },
})

var classRows = of(func(s *Snapshot) []sized {
	return sizes(s, anyObject)
}, map[string]func(sized) any{
	"oid":          func(o sized) any { return o.oid },
	"relname":      func(o sized) any { return o.name },
	"relnamespace": func(o sized) any { return namespaceOf(o.schema) },
	"relowner":     func(sized) any { return ownerOID },
	"relam": func(o sized) any {
		switch o.kind {
		case 'r', 'm':
			return heapOID
		case 'i':
			return btreeOID
		}
		return 0
	},
	"relfilenode": func(o sized) any {
		if o.kind == 'v' {
			return 0
		}
		return o.oid
	},
	"reltuples": func(o sized) any {
		if n, ok := o.rows(); ok {
			return float64(n)
		}
		return -1.0
	},
	"relhasindex":    func(o sized) any { return o.hasKey() },
	"relpersistence": func(sized) any { return byte('p') },
	"relkind":        func(o sized) any { return o.kind },
	"relnatts":       func(o sized) any { return len(o.columns()) },
	"relhasrules":    func(o sized) any { return o.view != nil || o.system != nil && o.kind == 'v' },
	"relispopulated": func(sized) any { return true },
	"relreplident": func(o sized) any {
		switch {
		case o.is('r', 'm') && o.user():
			return byte('d')
		}
		return byte('n')
	},
})

// sized is an object of whose rows the number can be asked for.
type sized struct {
	*object
	facts *Facts
}

func sizes(s *Snapshot, ok func(*object) bool) []sized {
	var out []sized
	for _, o := range s.objects() {
		if ok(o) {
			out = append(out, sized{o, &s.facts})
		}
	}
	return out
}

// rows is how many rows there are, where somebody knows.
func (o sized) rows() (int64, bool) {
	if o.table == nil || o.facts.TableRows == nil {
		return 0, o.view != nil || o.system != nil
	}
	return o.facts.TableRows(o.table)
}

var indexRows = of(where(func(o *object) bool { return o.kind == 'i' }), map[string]func(*object) any{
	"indexrelid":   func(o *object) any { return o.oid },
	"indrelid":     func(o *object) any { return o.of.oid },
	"indnatts":     func(o *object) any { return len(o.table.PrimaryKey) },
	"indnkeyatts":  func(o *object) any { return len(o.table.PrimaryKey) },
	"indisunique":  func(*object) any { return true },
	"indisprimary": func(*object) any { return true },
	"indimmediate": func(*object) any { return true },
	"indisvalid":   func(*object) any { return true },
	"indisready":   func(*object) any { return true },
	"indislive":    func(*object) any { return true },
	"indkey":       func(o *object) any { return keyNumbers(o) },
	"indcollation": func(o *object) any { return eachKey(o, func(a attribute) uint32 { return a.typ().collation }) },
	"indclass":     func(o *object) any { return eachKey(o, func(a attribute) uint32 { return a.typ().opclass() }) },
	"indoption":    func(o *object) any { return eachKey(o, func(attribute) uint32 { return 0 }) },
})

// keyNumbers are the numbers of the columns of an index's table that are its key.
func keyNumbers(o *object) []int {
	out := []int{}
	for _, k := range o.table.PrimaryKey {
		out = append(out, k+1)
	}
	return out
}

func eachKey(o *object, value func(attribute) uint32) []uint32 {
	out := []uint32{}
	for i, c := range o.columns() {
		out = append(out, value(attribute{of: o, number: i + 1, column: catalog.Column{Column: c}}))
	}
	return out
}

var constraintRows = of(where(func(o *object) bool { return o.kind == 'i' }), map[string]func(*object) any{
	"oid":           func(o *object) any { return constraintOID(o) },
	"conname":       func(o *object) any { return o.name },
	"connamespace":  func(o *object) any { return namespaceOf(o.schema) },
	"contype":       func(*object) any { return byte('p') },
	"convalidated":  func(*object) any { return true },
	"conrelid":      func(o *object) any { return o.of.oid },
	"conindid":      func(o *object) any { return o.oid },
	"confupdtype":   func(*object) any { return byte(' ') },
	"confdeltype":   func(*object) any { return byte(' ') },
	"confmatchtype": func(*object) any { return byte(' ') },
	"conislocal":    func(*object) any { return true },
	"connoinherit":  func(*object) any { return true },
	"conkey":        func(o *object) any { return keyNumbers(o) },
})

// constraintOID is that of the primary key whose index is o: there is one each, so that they can have the same.
func constraintOID(o *object) uint32 { return o.oid }

var rewriteRows = of(where(func(o *object) bool { return o.user() && o.is('v', 'm') }), map[string]func(*object) any{
	"oid":        func(o *object) any { return o.oid },
	"rulename":   func(*object) any { return "_RETURN" },
	"ev_class":   func(o *object) any { return o.oid },
	"ev_type":    func(*object) any { return byte('1') },
	"ev_enabled": func(*object) any { return byte('O') },
	"is_instead": func(*object) any { return true },
})

var tableRows = of(where(func(o *object) bool { return o.kind == 'r' }), map[string]func(*object) any{
	"schemaname":  func(o *object) any { return o.schema },
	"tablename":   func(o *object) any { return o.name },
	"tableowner":  func(*object) any { return catalog.Owner },
	"hasindexes":  func(o *object) any { return o.hasKey() },
	"hasrules":    func(*object) any { return false },
	"hastriggers": func(*object) any { return false },
	"rowsecurity": func(*object) any { return false },
})

var viewRows = of(where(func(o *object) bool { return o.view != nil }), map[string]func(*object) any{
	"schemaname": func(o *object) any { return o.schema },
	"viewname":   func(o *object) any { return o.name },
	"viewowner":  func(*object) any { return catalog.Owner },
	"definition": func(o *object) any { return definitionOf(o) },
})

var materializedRows = of(where(func(o *object) bool { return o.kind == 'm' }), map[string]func(*object) any{
	"schemaname":   func(o *object) any { return o.schema },
	"matviewname":  func(o *object) any { return o.name },
	"matviewowner": func(*object) any { return catalog.Owner },
	"hasindexes":   func(o *object) any { return o.hasKey() },
	"ispopulated":  func(*object) any { return true },
	"definition":   func(o *object) any { return definitionOf(o) },
})

var indexViewRows = of(where(func(o *object) bool { return o.kind == 'i' }), map[string]func(*object) any{
	"schemaname": func(o *object) any { return o.schema },
	"tablename":  func(o *object) any { return o.of.name },
	"indexname":  func(o *object) any { return o.name },
	"indexdef":   func(o *object) any { return indexDefinition(o) },
})

// databaseRows is one row: there is one database.
var databaseRows = of(one, map[string]func(*Snapshot) any{
	"oid":            func(*Snapshot) any { return databaseOID },
	"datname":        func(*Snapshot) any { return catalog.Database },
	"datdba":         func(*Snapshot) any { return ownerOID },
	"encoding":       func(*Snapshot) any { return 6 }, // UTF8
	"datlocprovider": func(*Snapshot) any { return byte('c') },
	"datallowconn":   func(*Snapshot) any { return true },
	"datconnlimit":   func(*Snapshot) any { return -1 },
	"dattablespace":  func(*Snapshot) any { return spaceOID },
	"datcollate":     func(*Snapshot) any { return "C" },
	"datctype":       func(*Snapshot) any { return "C" },
})

// one is a list of one.
func one(s *Snapshot) []*Snapshot { return []*Snapshot{s} }

var tablespaceRows = of(one, map[string]func(*Snapshot) any{
	"oid":      func(*Snapshot) any { return spaceOID },
	"spcname":  func(*Snapshot) any { return "pg_default" },
	"spcowner": func(*Snapshot) any { return ownerOID },
})

func statTableRows(ok func(*object) bool) rows {
	return of(func(s *Snapshot) []sized {
		return sizes(s, func(o *object) bool { return o.is('r', 'm') && ok(o) })
	}, map[string]func(sized) any{
		"relid":      func(o sized) any { return o.oid },
		"schemaname": func(o sized) any { return o.schema },
		"relname":    func(o sized) any { return o.name },
		"n_live_tup": func(o sized) any {
			if n, ok := o.rows(); ok {
				return n
			}
			return nil
		},
	})
}

func statIndexRows(ok func(*object) bool) rows {
	return of(where(func(o *object) bool { return o.kind == 'i' && ok(o) }), map[string]func(*object) any{
		"relid":        func(o *object) any { return o.of.oid },
		"indexrelid":   func(o *object) any { return o.oid },
		"schemaname":   func(o *object) any { return o.schema },
		"relname":      func(o *object) any { return o.of.name },
		"indexrelname": func(o *object) any { return o.name },
	})
}

// definitionOf is the query of a view.
func definitionOf(o *object) string {
	switch {
	case o.view != nil:
		return " " + o.view.Query + ";"
	case o.kind == 'm':
		return " " + o.table.Query + ";"
	}
	return ""
}

// indexDefinition is the statement that would make an index.
func indexDefinition(o *object) string {
	return "CREATE UNIQUE INDEX " + quote(o.name) + " ON " + quote(o.schema) + "." + quote(o.of.name) + " USING btree (" + columnList(o) + ")"
}

// columnList are the columns of an index.
func columnList(o *object) string {
	list := ""
	for i, c := range o.columns() {
		if i > 0 {
			list += ", "
		}
		list += quote(c.Name)
	}
	return list
}
