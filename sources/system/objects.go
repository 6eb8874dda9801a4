package system

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"millrace/catalog"
	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

var _ expr.Objects = (*Snapshot)(nil)

func quote(name string) string { return expr.QuoteIdent(name) }

// find is the object of a schema and a name; without a schema it is the first on the search path.
func (s *Snapshot) find(schema, name string) *object {
	path := []string{schema}
	if schema == "" {
		path = append([]string{pgSchema}, s.searchPath()...)
	}
	for _, p := range path {
		for _, o := range s.objects() {
			if o.schema == p && o.name == name {
				return o
			}
		}
	}
	return nil
}

// searchPath is without pg_catalog, which comes first whatever it says.
func (s *Snapshot) searchPath() []string {
	if s.facts.SearchPath == nil {
		return []string{catalog.Public}
	}
	return s.facts.SearchPath
}

// OID is that of the object of a name.
func (s *Snapshot) OID(of types.Sys, name string) (uint32, error) {
	switch of {
	case types.SysRegType:
		if oid := typeByName(name); oid != 0 {
			return oid, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedObject, 0, "type %q does not exist", name)
	case types.SysRegProcedure:
		return s.procedure(name)
	case types.SysRegOperator:
		if at := strings.IndexByte(name, '('); at >= 0 {
			name = name[:at]
		}
		return operatorByName(name)
	case types.SysRegOper:
		return operatorByName(name)
	}
	parts, err := nameParts(name)
	if err != nil {
		return 0, err
	}
	last, schema := parts[len(parts)-1], ""
	if len(parts) > 1 {
		schema = parts[len(parts)-2]
	}
	if of == types.SysRegNamespace || of == types.SysRegRole {
		schema, last = "", strings.Join(parts, ".")
	}
	switch of {
	case types.SysRegClass:
		if o := s.find(schema, last); o != nil {
			return o.oid, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedTable, 0, "relation %q does not exist", name)
	case types.SysRegNamespace:
		for _, n := range s.namespaces() {
			if n.name == last {
				return n.oid, nil
			}
		}
		return 0, sqlerr.New(sqlerr.InvalidSchemaName, 0, "schema %q does not exist", last)
	case types.SysRegRole:
		if oid := s.roleOID(last); oid != 0 {
			return oid, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedObject, 0, "role %q does not exist", last)
	case types.SysRegProc:
		var found []function
		for _, f := range s.functions() {
			if f.name == last && (schema == "" || schema == pgSchema) {
				found = append(found, f)
			}
		}
		switch {
		case len(found) == 1:
			return found[0].oid, nil
		case len(found) > 1:
			return 0, sqlerr.New(ambiguousFunction, 0, "more than one function named %q", name)
		}
		return 0, sqlerr.New(sqlerr.UndefinedFunction, 0, "function %q does not exist", name)
	case types.SysRegCollation:
		if oid := collationByName(last); oid != 0 {
			return oid, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedObject, 0, "collation %q does not exist", name)
	case types.SysRegConfig:
		return 0, sqlerr.New(sqlerr.UndefinedObject, 0, "text search configuration %q does not exist", name)
	}
	return 0, sqlerr.New(sqlerr.UndefinedObject, 0, "text search dictionary %q does not exist", name)
}

const ambiguousFunction = "42725"

// nameParts takes a dotted name apart: parts in quotes are as they are, others are in lower case.
func nameParts(name string) ([]string, error) {
	var parts []string
	rest := strings.TrimSpace(name)
	for {
		var part string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for ; i < len(rest); i++ {
				if rest[i] == '"' {
					if i+1 < len(rest) && rest[i+1] == '"' {
						i++
					} else {
						break
					}
				}
				b.WriteByte(rest[i])
			}
			if i == len(rest) {
				return nil, sqlerr.New(sqlerr.InvalidName, 0, "invalid name syntax")
			}
			part, rest = b.String(), rest[i+1:]
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.ToLower(strings.TrimSpace(rest[:end])), rest[end:]
		}
		if part == "" {
			return nil, sqlerr.New(sqlerr.InvalidName, 0, "invalid name syntax")
		}
		parts = append(parts, part)
		if rest = strings.TrimSpace(rest); rest == "" {
			return parts, nil
		}
		if rest[0] != '.' {
			return nil, sqlerr.New(sqlerr.InvalidName, 0, "invalid name syntax")
		}
		rest = strings.TrimSpace(rest[1:])
	}
}

// Name is that of the object of an OID, with its schema where it is not found without.
func (s *Snapshot) Name(of types.Sys, oid uint32) (string, bool) {
	switch of {
	case types.SysRegClass:
		o := s.byOID()[oid]
		if o == nil {
			return "", false
		}
		if s.find("", o.name) == o {
			return quote(o.name), true
		}
		return quote(o.schema) + "." + quote(o.name), true
	case types.SysRegType:
		if typeInfos()[oid] == nil {
			return "", false
		}
		return typeName(oid), true
	case types.SysRegNamespace:
		for _, n := range s.namespaces() {
			if n.oid == oid {
				return quote(n.name), true
			}
		}
	case types.SysRegRole:
		for _, r := range s.roles() {
			if r.oid == oid {
				return quote(r.name), true
			}
		}
	case types.SysRegProc, types.SysRegProcedure:
		f := s.function(oid)
		switch {
		case f == nil:
			return "", false
		case of == types.SysRegProcedure:
			return quote(f.name) + "(" + strings.ReplaceAll(f.arguments(false), ", ", ",") + ")", true
		}
		return quote(f.name), true
	case types.SysRegOper, types.SysRegOperator:
		if o, ok := operators()[oid]; ok {
			if of == types.SysRegOper {
				return o.name, true
			}
			return o.name + "(" + side(o.left) + "," + side(o.right) + ")", true
		}
	case types.SysRegCollation:
		if name, ok := collations()[oid]; ok {
			return quote(name), true
		}
	}
	return "", false
}

func (s *Snapshot) function(oid uint32) *function {
	all := s.functions()
	i := slices.IndexFunc(all, func(f function) bool { return f.oid == oid })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// procedure finds a function by its name and the types of its arguments: lower(text).
func (s *Snapshot) procedure(text string) (uint32, error) {
	name, list, ok := strings.Cut(text, "(")
	list, closed := strings.CutSuffix(strings.TrimSpace(list), ")")
	if !ok || !closed {
		return 0, sqlerr.New(sqlerr.InvalidText, 0, "expected a left parenthesis")
	}
	parts, err := nameParts(name)
	if err != nil {
		return 0, err
	}
	var args []uint32
	if strings.TrimSpace(list) != "" {
		for _, a := range strings.Split(list, ",") {
			oid := typeByName(a)
			if oid == 0 {
				return 0, sqlerr.New(sqlerr.UndefinedObject, 0, "type %q does not exist", strings.TrimSpace(a))
			}
			args = append(args, oid)
		}
	}
	for _, f := range s.functions() {
		if f.name == parts[len(parts)-1] && slices.Equal(f.args, args) {
			return f.oid, nil
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedFunction, 0, "function %q does not exist", text)
}

// operator is a row of pg_operator.
type operator struct {
	oid         uint32
	name        string
	left, right uint32
}

var operators = sync.OnceValue(func() map[uint32]operator {
	n, column := taken("pg_operator.txt").in(nil)
	oid, name, left, right := column("oid"), column("oprname"), column("oprleft"), column("oprright")
	m := map[uint32]operator{}
	for i := range n {
		m[uint32(oid(i).(int64))] = operator{uint32(oid(i).(int64)), name(i).(string), uint32(left(i).(int64)), uint32(right(i).(int64))}
	}
	return m
})

func side(oid uint32) string {
	if oid == 0 {
		return "NONE"
	}
	return typeName(oid)
}

func operatorByName(name string) (uint32, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), pgSchema+".")
	var found []uint32
	for oid, o := range operators() {
		if o.name == name {
			found = append(found, oid)
		}
	}
	switch len(found) {
	case 0:
		return 0, sqlerr.New(sqlerr.UndefinedFunction, 0, "operator does not exist: %s", name)
	case 1:
		return found[0], nil
	}
	return 0, sqlerr.New(ambiguousFunction, 0, "more than one operator named %s", name)
}

var collations = sync.OnceValue(func() map[uint32]string {
	n, column := taken("pg_collation.txt").in(nil)
	oid, name := column("oid"), column("collname")
	m := map[uint32]string{}
	for i := range n {
		m[uint32(oid(i).(int64))] = name(i).(string)
	}
	return m
})

func collationByName(name string) uint32 {
	for oid, n := range collations() {
		if n == name {
			return oid
		}
	}
	return 0
}

// typeByName finds a type by any name that SQL has for it; 0: there is none.
func typeByName(name string) uint32 {
	name = strings.TrimPrefix(strings.TrimSpace(name), pgSchema+".")
	if at := strings.IndexByte(name, '('); at >= 0 { // its modifier does not matter
		end := strings.IndexByte(name, ')')
		if end < at {
			return 0
		}
		name = name[:at] + name[end+1:]
	}
	if !strings.HasPrefix(name, `"`) {
		name = strings.ToLower(name)
	}
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		if info := typeInfos()[typeByName(elem)]; info != nil {
			return cmp.Or(info.array, info.oid) // of an array: itself
		}
		return 0
	}
	for oid, info := range typeInfos() {
		if info.name == name && name != "char" {
			return oid
		}
	}
	if t, ok := typeOf(name); ok {
		return t.OID()
	}
	if parts, err := nameParts(name); err == nil && len(parts) == 1 {
		for oid, info := range typeInfos() {
			if info.name == parts[0] {
				return oid
			}
		}
	}
	return 0
}

// typeName is the name of a type as PostgreSQL prints it.
func typeName(oid uint32) string {
	if name, ok := sqlNames()[oid]; ok {
		return name
	}
	info := typeInfos()[oid]
	switch {
	case info == nil:
		return "???"
	case info.name == "any":
		return `"any"`
	case info.element != 0 && strings.HasPrefix(info.name, "_"):
		return typeName(info.element) + "[]"
	}
	return info.name
}

var sqlNames = sync.OnceValue(func() map[uint32]string {
	m := map[uint32]string{}
	for _, k := range types.Kinds() {
		if k != types.Array && k != types.Map {
			m[types.Of(k).OID()] = types.Of(k).SQLName()
		}
	}
	for _, sys := range types.SysTypes() {
		m[types.SysOf(sys).OID()] = types.SysOf(sys).SQLName()
	}
	return m
})

// Visible reports whether an object is found by its name without its schema.
func (s *Snapshot) Visible(of types.Sys, oid uint32) (visible, exists bool) {
	if of == types.SysRegClass {
		o := s.byOID()[oid]
		return o != nil && s.find("", o.name) == o, o != nil
	}
	_, exists = s.Name(of, oid)
	return exists, exists // what is not in a table's schema is in pg_catalog
}

// Definition is a text of an object as SQL.
func (s *Snapshot) Definition(d expr.Definition, oid uint32, part int) (string, bool) {
	switch d {
	case expr.ViewDef:
		o := s.byOID()[oid]
		if o == nil || definitionOf(o) == "" {
			return "", false
		}
		return definitionOf(o), true
	case expr.IndexDef, expr.ConstraintDef:
		o := s.byOID()[oid]
		switch {
		case o == nil || o.kind != 'i':
			return "", false
		case d == expr.ConstraintDef:
			return "PRIMARY KEY (" + columnList(o) + ")", true
		case part == 0:
			return indexDefinition(o), true
		case part > len(o.columns()):
			return "", false
		}
		return quote(o.columns()[part-1].Name), true
	}
	f := s.function(oid)
	if f == nil {
		return "", false
	}
	switch d {
	case expr.FunctionDef:
		return f.statement(), true
	case expr.FunctionArguments:
		return f.arguments(true), true
	case expr.FunctionResult:
		return f.returns(), true
	}
	return f.arguments(false), true
}

// Description is what is said about an object of a relation of pg_catalog.
func (s *Snapshot) Description(relation string, oid uint32, part int) (string, bool) {
	switch relation {
	case "pg_proc":
		if f := s.function(oid); f != nil && f.doc != "" {
			return f.doc, true
		}
	case "pg_class":
		if o := s.byOID()[oid]; o != nil && o.system != nil && part == 0 {
			return o.system.doc, true
		}
	}
	return "", false
}

// Size is the bytes that a relation takes on disk, of all of them where oid is 0.
func (s *Snapshot) Size(oid uint32) (int64, bool) {
	o := s.byOID()[oid]
	switch {
	case oid != 0 && o == nil:
		return 0, false
	case s.facts.TableBytes == nil, oid != 0 && (o.table == nil || o.kind == 'i'):
		return 0, true
	case oid == 0:
		return s.facts.TableBytes(nil), true
	}
	return s.facts.TableBytes(o.table), true
}

// Started is when the engine was opened, in microseconds since the epoch.
func (s *Snapshot) Signal(pid int64, end bool) (bool, error) {
	if s.facts.Signal == nil {
		return false, nil
	}
	return s.facts.Signal(pid, end)
}
func (s *Snapshot) Started() int64 { return s.facts.Started.UnixMicro() }
