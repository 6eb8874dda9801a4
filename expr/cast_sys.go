package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// levelOfSys is levelOf where one of the types is of PostgreSQL's catalogs.
func levelOfSys(from, to types.Type) castLevel {
	f, t := from, to
	f.Sys, t.Sys = types.Plain, types.Plain
	switch {
	case from.Kind == types.Text && to.Kind == types.Text:
		if to.Sys == types.Plain || to.Sys == types.SysName {
			return implicit
		}
		return assignment
	case from.Sys == types.SysChar && to.Integer(), from.Integer() && to.Sys == types.SysChar:
		return noCast // PostgreSQL's is by the letter's code
	case from.Kind == types.Text && to.Sys == types.SysRegClass:
		return implicit
	case from.Kind == types.Text:
		return levelOf(types.Of(types.Text), t)
	case to.Kind == types.Text:
		return assignment
	case from.Kind == types.Array && to.Kind == types.Array:
		return min(levelOf(*from.Elem, *to.Elem), implicit)
	case isOID(from) && isOID(to):
		return implicit
	case isOID(to) && from.Integer() && from.Sys == types.Plain:
		return implicit
	case isOID(from) && to.Kind == types.Int64 && to.Sys == types.Plain:
		return implicit
	case isOID(from) && to.Kind == types.Int32:
		return assignment
	case to.Kind == types.JSON:
		return levelOf(f, t)
	case from.Kind == types.Int64 && to.Kind == types.Int64:
		return noCast // xid and pg_lsn are no numbers to calculate with
	case from.Integer() && to.Numeric() && to.Sys == types.Plain:
		return explicit
	}
	return noCast
}

// isOID reports whether t is oid or one of the reg types.
func isOID(t types.Type) bool { return t.Sys == types.SysOID || t.Sys.Reg() }

// commonOfSys is commonOfTwo of types that are laid out alike, one of which, or both, are of PostgreSQL's catalogs.
func commonOfSys(a, b types.Type) (types.Type, bool) {
	switch {
	case a.Kind == types.Text:
		return types.Of(types.Text), true
	case a.Kind == types.Array:
		elem, ok := commonOfTwo(*a.Elem, *b.Elem)
		return types.ArrayOf(elem), ok
	case isOID(a) && isOID(b):
		return types.SysOf(types.SysOID), true
	case isOID(a) && b.Sys == types.Plain, isOID(b) && a.Sys == types.Plain:
		return types.Of(types.Int64), true
	}
	return types.Type{}, false
}

// convertSys casts an array where one of the types is of PostgreSQL's catalogs.
func (c *cast) convertSys(mem memory.Allocator, a arrow.Array, from, to types.Type) (arrow.Array, error) {
	switch {
	case from.Kind == types.Text && (to.Sys == types.SysName || to.Sys == types.SysChar):
		text := varlens(a)
		return printed(mem, a, func(dst []byte, i int) []byte { return append(dst, types.CutSys(asString(text.at(i)), to)...) }), nil
	case from.Kind == types.Text && to.Kind == types.Text, from.Kind == types.Int64 && to.Kind == types.Int64:
		if isOID(to) && from.Sys == types.Plain {
			return fixedCast(c, mem, a, from, to, 8, func(x int64) (int64, bool) { return x, x >= 0 && x <= 1<<32-1 })
		}
		a.Retain()
		return a, nil
	case to.Kind == types.Text:
		return printed(mem, a, func(dst []byte, i int) []byte { return types.AppendText(dst, a, i, from) }), nil
	case from.Kind == types.Text:
		return c.fromText(mem, a, to)
	case to.Kind == types.JSON:
		return printed(mem, a, func(dst []byte, i int) []byte { return types.AppendJSON(dst, a, i, from) }), nil
	case from.Kind == types.Array && to.Kind == types.Array:
		return c.lists(mem, a, from, to)
	case isOID(to) && from.Integer(): // a negative number counts from the end, as in PostgreSQL
		wide, err := c.number(mem, a, from, types.Of(types.Int64))
		if err != nil {
			return nil, err
		}
		defer wide.Release()
		return fixedCast(c, mem, wide, from, to, 8, func(x int64) (int64, bool) { return int64(uint32(x)), true })
	}
	from.Sys = types.Plain
	return c.convert(mem, a, from, to)
}
