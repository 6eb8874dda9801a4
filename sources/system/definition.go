package system

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"millrace/catalog"
	"millrace/types"
)

// postgres holds what PostgreSQL 15 says of its own relations and of the objects that millrace has in common with it. A test
// has it written anew by a real one.
//
//go:embed postgres
var postgres embed.FS

// definition is the shape of a relation.
type definition struct {
	oid     uint32 // PostgreSQL's
	kind    byte   // 'r': a table; 'v': a view
	columns []catalog.Column
}

// definitions are the shapes of the relations of pg_catalog and information_schema, by schema and name.
//
// A relation is a line with its name, OID and kind; each line that is indented is a column of it, with its type.
var definitions = sync.OnceValue(func() map[string]*definition {
	all := map[string]*definition{}
	var d *definition
	for line := range strings.Lines(file("relations.txt")) {
		line = strings.TrimRight(line, "\n")
		if column, ok := strings.CutPrefix(line, "\t"); ok {
			d.columns = append(d.columns, columnOf(column))
			continue
		}
		if f := strings.Fields(line); len(f) == 3 {
			d = &definition{oid: mustOID(f[1]), kind: f[2][0]}
			all[f[0]] = d
		}
	}
	return all
})

// columnOf reads a name and a type, and perhaps NOT NULL.
func columnOf(line string) catalog.Column {
	line, notNull := strings.CutSuffix(line, " not null")
	name, typ, _ := strings.Cut(line, " ")
	t, ok := typeOf(typ)
	if !ok {
		panic(fmt.Sprintf("system: column %s has the unknown type %q", name, typ))
	}
	return catalog.Column{Column: types.Column{Name: name, Type: t, NotNull: notNull}}
}

// typeOf finds a type by the name that PostgreSQL prints.
func typeOf(name string) (types.Type, bool) {
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		t, ok := typeOf(elem)
		return types.ArrayOf(t), ok
	}
	switch name {
	case "character varying", "varchar":
		return types.SysOf(types.SysVarchar), true
	case "character", "bpchar", "char":
		return types.SysOf(types.SysBPChar), true
	}
	if s, ok := types.SysByName(name); ok {
		return types.SysOf(s), true
	}
	k, ok := types.KindByName(name)
	if k == types.Decimal {
		return types.DecimalOf(38, 0), ok
	}
	return types.Of(k), ok && k != types.Array && k != types.Map && k != types.Row
}

// file is one of those of postgres.
func file(name string) string {
	text, err := postgres.ReadFile("postgres/" + name)
	if err != nil {
		panic(err) // it is part of the binary
	}
	return string(text)
}

func mustOID(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic(err)
	}
	return uint32(n)
}
