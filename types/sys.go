package types

import (
	"fmt"
	"strconv"
	"strings"

	"millrace/sqlerr"
)

// Sys is a type of PostgreSQL's catalogs. It is laid out and compared as its Kind is, so that what works on that works on
// it, and differs in its name, its OID, its text and its binary format. No table of a user has such a column.
type Sys uint8

const (
	Plain Sys = iota // the Kind itself
	SysName
	SysChar // "char", one byte
	SysVarchar
	SysBPChar
	SysACLItem
	SysNodeTree
	SysCString
	SysInet
	SysAnyArray // of values of any type: as their text
	SysOID
	SysXID
	SysCID
	SysXID8
	SysLSN
	SysRegProc // the first of the reg types, which are OIDs that are written as names
	SysRegProcedure
	SysRegOper
	SysRegOperator
	SysRegClass
	SysRegType
	SysRegNamespace
	SysRegRole
	SysRegCollation
	SysRegConfig
	SysRegDictionary // the last of them
	SysInt2Vector
	SysOIDVector
	numSys
)

// sysRow is all that one of them is known by.
type sysRow struct {
	sys     Sys
	kind    Kind
	name    string
	oid     uint32
	arrayID uint32
	width   int // in bytes of the binary format, where that is a number
}

// sysTable has a row for each, in the order of the constants. regprocedure and its like have the same names as the ones
// before them: millrace has no functions or operators that differ in their arguments alone.
var sysTable = []sysRow{
	{SysName, Text, "name", 19, 1003, 0},
	{SysChar, Text, `"char"`, 18, 1002, 0},
	{SysVarchar, Text, "varchar", 1043, 1015, 0},
	{SysBPChar, Text, "bpchar", 1042, 1014, 0},
	{SysACLItem, Text, "aclitem", 1033, 1034, 0},
	{SysNodeTree, Text, "pg_node_tree", 194, 0, 0},
	{SysCString, Text, "cstring", 2275, 1263, 0},
	{SysInet, Text, "inet", 869, 1041, 0},
	{SysAnyArray, Text, "anyarray", 2277, 0, 0},
	{SysOID, Int64, "oid", 26, 1028, 4},
	{SysXID, Int64, "xid", 28, 1011, 4},
	{SysCID, Int64, "cid", 29, 1012, 4},
	{SysXID8, Int64, "xid8", 5069, 271, 8},
	{SysLSN, Int64, "pg_lsn", 3220, 3221, 8},
	{SysRegProc, Int64, "regproc", 24, 1008, 4},
	{SysRegProcedure, Int64, "regprocedure", 2202, 2207, 4},
	{SysRegOper, Int64, "regoper", 2203, 2208, 4},
	{SysRegOperator, Int64, "regoperator", 2204, 2209, 4},
	{SysRegClass, Int64, "regclass", 2205, 2210, 4},
	{SysRegType, Int64, "regtype", 2206, 2211, 4},
	{SysRegNamespace, Int64, "regnamespace", 4089, 4090, 4},
	{SysRegRole, Int64, "regrole", 4096, 4097, 4},
	{SysRegCollation, Int64, "regcollation", 4191, 4192, 4},
	{SysRegConfig, Int64, "regconfig", 3734, 3735, 4},
	{SysRegDictionary, Int64, "regdictionary", 3769, 3770, 4},
	{SysInt2Vector, Array, "int2vector", 22, 1006, 0},
	{SysOIDVector, Array, "oidvector", 30, 1013, 0},
}

func (s Sys) row() *sysRow { return &sysTable[s-1] }

// String is the type's name, as PostgreSQL prints it.
func (s Sys) String() string {
	if s == Plain {
		return ""
	}
	return s.row().name
}

// Reg reports whether values are OIDs that are written as the names of what they are of.
func (s Sys) Reg() bool { return s >= SysRegProc && s <= SysRegDictionary }

// Vector reports whether it is an array that is written with spaces between its elements, and counted from 0.
func (s Sys) Vector() bool { return s == SysInt2Vector || s == SysOIDVector }

// SysOf is a type of PostgreSQL's catalogs. A reg type made so knows no names; see Named.
func SysOf(s Sys) Type {
	t := Type{Kind: s.row().kind, Sys: s}
	switch s {
	case SysInt2Vector:
		t.Elem = &Type{Kind: Int16}
	case SysOIDVector:
		t.Elem = &Type{Kind: Int64, Sys: SysOID}
	}
	return t
}

// SysByName finds a type of PostgreSQL's catalogs by its name in lower case; that of "char" has its quotes.
func SysByName(name string) (Sys, bool) {
	for _, r := range sysTable {
		if r.name == name && r.sys != SysVarchar && r.sys != SysBPChar { // those are TEXT to who writes them
			return r.sys, true
		}
	}
	return Plain, false
}

// SysTypes lists them all, in the order of their constants.
func SysTypes() []Sys {
	var all []Sys
	for _, r := range sysTable {
		all = append(all, r.sys)
	}
	return all
}

// ArrayOID is the OID of the array of t in PostgreSQL's pg_type; 0: none.
func (t Type) ArrayOID() uint32 {
	if t.Sys != Plain {
		return t.Sys.row().arrayID
	}
	return ArrayOf(t).OID()
}

// Resolver finds the objects of a catalog, for the reg types: the tables for regclass, the types for regtype.
type Resolver interface {
	// OID is that of the object of a name as it is written in SQL, with its schema or without. The error says that there
	// is none.
	OID(of Sys, name string) (uint32, error)
	// Name is the name of an object as it is written in SQL, with its schema where it is not found without; false: there
	// is no such object.
	Name(of Sys, oid uint32) (string, bool)
}

// Named is t with its reg types, and those in it, reading and writing the names of n.
func (t Type) Named(n Resolver) Type {
	if n == nil {
		return t
	}
	if t.Sys.Reg() {
		t.names = n
	}
	for _, part := range []**Type{&t.Elem, &t.Key} {
		if *part != nil {
			named := (*part).Named(n)
			*part = &named
		}
	}
	if len(t.Fields) > 0 {
		fields := make([]Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = Field{Name: f.Name, Type: f.Type.Named(n)}
		}
		t.Fields = fields
	}
	return t
}

// Storable is t as a column of a table can have it: a type of PostgreSQL's catalogs becomes the one that it is laid out as.
func (t Type) Storable() Type {
	t.Sys, t.names = Plain, nil
	if t.Elem != nil {
		elem := t.Elem.Storable()
		t.Elem = &elem
	}
	return t
}

// appendSys appends the text of a number of a type of the catalogs.
func appendSys(buf []byte, v int64, t Type) []byte {
	switch {
	case t.Sys == SysLSN:
		return fmt.Appendf(buf, "%X/%X", uint32(v>>32), uint32(v))
	case t.Sys == SysXID8:
		return strconv.AppendUint(buf, uint64(v), 10)
	case t.Sys.Reg():
		if v == 0 {
			return append(buf, '-')
		}
		if t.names != nil {
			if name, ok := t.names.Name(t.Sys, uint32(v)); ok {
				return append(buf, name...)
			}
		}
	}
	return strconv.AppendUint(buf, uint64(uint32(v)), 10)
}

// parseSys reads a number of a type of the catalogs.
func parseSys(s string, t Type) (int64, error) {
	w := trim(s)
	switch {
	case t.Sys == SysLSN:
		high, low, ok := strings.Cut(w, "/")
		h, err := strconv.ParseUint(high, 16, 32)
		l, err2 := strconv.ParseUint(low, 16, 32)
		if !ok || err != nil || err2 != nil {
			return 0, badText(t, s)
		}
		return int64(h<<32 | l), nil
	case t.Sys == SysXID8:
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return 0, badText(t, s)
		}
		return int64(n), nil
	case t.Sys.Reg() && w == "-":
		return 0, nil
	case t.Sys.Reg() && !isDigits(w):
		if t.names == nil {
			return 0, sqlerr.New(sqlerr.FeatureNotSupported, 0, "there is no catalog to find the %s %q in", t.Sys, w)
		}
		oid, err := t.names.OID(t.Sys, w)
		return int64(oid), err
	}
	n, err := strconv.ParseInt(w, 10, 64)
	switch {
	case err != nil && err.(*strconv.NumError).Err == strconv.ErrSyntax:
		return 0, badText(t, s)
	case err != nil || n > 1<<32-1 || n < -1<<31:
		return 0, outOfRange(t, s)
	}
	return int64(uint32(n)), nil // a negative one counts from the end, as in PostgreSQL
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// nameLength is how many bytes a name has at most.
const nameLength = 63

// CutSys is a text as a value of t: a name of at most 63 bytes, a "char" of one, which is empty where a letter takes more.
func CutSys(s string, t Type) string {
	most := len(s)
	switch t.Sys {
	case SysName:
		most = nameLength
	case SysChar:
		most = 1
	}
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 { // not within a letter
		most--
	}
	return s[:most]
}

// SplitVector is SplitArray of a vector: 1 2.
func SplitVector(items []Item, s string) []Item {
	for _, f := range strings.Fields(s) {
		items = append(items, Item{Text: f})
	}
	return items
}
