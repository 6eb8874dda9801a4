package system

import (
	"sync"

	"millrace/catalog"
	"millrace/types"
)

// attribute is a column of an object.
type attribute struct {
	of     *object
	number int // from 1
	column catalog.Column
}

// typ is what pg_type says of the column's type.
func (a attribute) typ() *typeInfo { return infoOf(a.column.Type) }

func (s *Snapshot) findAttributes() []attribute {
	var out []attribute
	for _, o := range s.objects() {
		if o.table != nil && o.kind != 'i' {
			for i, c := range o.table.Columns {
				out = append(out, attribute{o, i + 1, c})
			}
			continue
		}
		for i, c := range o.columns() {
			out = append(out, attribute{o, i + 1, catalog.Column{Column: c}})
		}
	}
	return out
}

// notNull reports whether the column is never NULL: where it is declared so, and in a primary key.
func (a attribute) notNull() bool {
	if a.column.NotNull {
		return true
	}
	if a.of.table == nil || a.of.kind == 'i' {
		return false
	}
	for _, k := range a.of.table.PrimaryKey {
		if k == a.number-1 {
			return true
		}
	}
	return false
}

// expression is what the column is where nothing is said, or always; empty: nothing.
func (a attribute) expression() string {
	if a.column.Computed != "" {
		return a.column.Computed
	}
	return a.column.Default
}

// modifier is the type's precision and scale as PostgreSQL counts them; -1: it has none.
func modifier(t types.Type) int {
	if t.Kind == types.Decimal && t.Precision > 0 {
		return t.Precision<<16 | t.Scale&0x7ff + 4
	}
	return -1
}

// dimensions is how many brackets an array's type has.
func dimensions(t types.Type) int {
	n := 0
	for t.Kind == types.Array {
		n++
		t = *t.Elem
	}
	return n
}

var attributeRows = of(func(s *Snapshot) []attribute { return s.attributes() }, map[string]func(attribute) any{
	"attrelid":      func(a attribute) any { return a.of.oid },
	"attname":       func(a attribute) any { return a.column.Name },
	"atttypid":      func(a attribute) any { return a.column.Type.OID() },
	"attstattarget": func(attribute) any { return -1 },
	"attlen":        func(a attribute) any { return a.typ().length },
	"attnum":        func(a attribute) any { return a.number },
	"attndims":      func(a attribute) any { return dimensions(a.column.Type) },
	"attcacheoff":   func(attribute) any { return -1 },
	"atttypmod":     func(a attribute) any { return modifier(a.column.Type) },
	"attbyval":      func(a attribute) any { return a.typ().byValue },
	"attalign":      func(a attribute) any { return a.typ().align },
	"attstorage":    func(a attribute) any { return a.typ().storage },
	"attcollation":  func(a attribute) any { return a.typ().collation },
	"attnotnull":    func(a attribute) any { return a.notNull() },
	"atthasdef":     func(a attribute) any { return a.expression() != "" },
	"attgenerated": func(a attribute) any {
		if a.column.Computed != "" {
			return "s"
		}
		return ""
	},
	"attislocal": func(attribute) any { return true },
})

var defaultRows = of(func(s *Snapshot) []attribute {
	var out []attribute
	for _, a := range s.attributes() {
		if a.expression() != "" {
			out = append(out, a)
		}
	}
	return out
}, map[string]func(attribute) any{
	"oid":     func(a attribute) any { return a.of.oid + uint32(a.number) },
	"adrelid": func(a attribute) any { return a.of.oid },
	"adnum":   func(a attribute) any { return a.number },
	"adbin":   func(a attribute) any { return a.expression() },
})

// typeInfo is what pg_type says of how values of a type are kept.
type typeInfo struct {
	oid, element, array uint32
	name                string
	length              int64
	byValue             bool
	align, storage      string
	collation           uint32
}

// opclass is the operator class of a key of the type.
func (t *typeInfo) opclass() uint32 { return opclasses()[t.oid] }

// opclasses are the operator classes of btree by the types that they are the default of.
var opclasses = sync.OnceValue(func() map[uint32]uint32 {
	n, column := taken("pg_opclass.txt").in(nil)
	oid, of := column("oid"), column("opcintype")
	m := map[uint32]uint32{}
	for i := range n {
		m[uint32(of(i).(int64))] = uint32(oid(i).(int64))
	}
	return m
})

// typeInfos are the types by their OIDs.
var typeInfos = sync.OnceValue(func() map[uint32]*typeInfo {
	n, column := taken("pg_type.txt").in(nil)
	oid, elem, array, name := column("oid"), column("typelem"), column("typarray"), column("typname")
	length, byValue, align, storage, collation := column("typlen"), column("typbyval"), column("typalign"), column("typstorage"), column("typcollation")
	m := map[uint32]*typeInfo{}
	for i := range n {
		t := &typeInfo{
			oid: uint32(oid(i).(int64)), element: uint32(elem(i).(int64)), array: uint32(array(i).(int64)), name: name(i).(string),
			length: length(i).(int64), byValue: byValue(i).(bool), align: align(i).(string), storage: storage(i).(string),
			collation: uint32(collation(i).(int64)),
		}
		m[t.oid] = t
	}
	return m
})

// infoOf is that of a type.
func infoOf(t types.Type) *typeInfo {
	if info := typeInfos()[t.OID()]; info != nil {
		return info
	}
	return &typeInfo{oid: t.OID(), length: -1, align: "i", storage: "x"}
}
