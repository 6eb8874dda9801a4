package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// parseArrays reads arrays from text: {a,b}. The elements of all of them are cast together; with TRY_CAST one by one, as
// a bad element makes the array NULL.
func (c *cast) parseArrays(mem memory.Allocator, a arrow.Array, to types.Type) (arrow.Array, error) {
	text, n := varlens(a), a.Len()
	items := array.NewStringBuilder(mem)
	defer items.Release()
	offBuf, offs := newInts(mem, n+1)
	offs[0] = 0
	done := 0
	var split []types.Item
	valid := validity(a)
	var lost []int32
	for i := range n {
		if valid.get(i) {
			var err error
			if to.Sys.Vector() {
				split = types.SplitVector(split[:0], string(text.at(i)))
			} else {
				split, err = types.SplitArray(split[:0], string(text.at(i)), to.Elem.Kind == types.Array && to.Elem.Sys == types.Plain)
			}
			if err == nil && c.try {
				err = c.tryItems(split, *to.Elem)
			}
			if err != nil && !c.try {
				offBuf.Release()
				return nil, at(err, c.pos)
			}
			if err != nil {
				lost, split = append(lost, int32(i)), split[:0]
			}
			for _, item := range split {
				if item.Null {
					items.AppendNull()
				} else {
					items.Append(item.Text)
				}
			}
			done += len(split)
		}
		offs[i+1] = int32(done)
	}
	texts := items.NewArray()
	defer texts.Release()
	elems, err := c.convert(mem, texts, types.Of(types.Text), *to.Elem)
	if err != nil {
		offBuf.Release()
		return nil, err
	}
	nulls, nullN := nullsWithout(mem, n, valid, lost)
	return newNested(to.Arrow(), n, nullN, []arrow.Array{elems}, nulls, offBuf), nil
}

// tryItems is the error of the first element that cannot be cast.
func (c *cast) tryItems(items []types.Item, elem types.Type) error {
	for _, item := range items {
		if item.Null {
			continue
		}
		if elem.Kind == types.Array {
			inner, err := types.SplitArray(nil, item.Text, elem.Elem.Kind == types.Array)
			if err == nil {
				err = c.tryItems(inner, *elem.Elem)
			}
			if err != nil {
				return err
			}
		} else if _, err := types.ParseValue(item.Text, elem); err != nil {
			return err
		}
	}
	return nil
}

// fromJSON casts a JSON number or Boolean; what is of another type, null too, is an error.
func (c *cast) fromJSON(mem memory.Allocator, a arrow.Array, to types.Type) (arrow.Array, error) {
	text, valid := varlens(a), validity(a)
	b := array.NewStringBuilder(mem)
	defer b.Release()
	for i := range a.Len() {
		if !valid.get(i) {
			b.AppendNull()
			continue
		}
		v := strings.Trim(string(text.at(i)), " \t\r\n")
		kind := ""
		if v != "" {
			kind = jsonTypes[v[0]]
		}
		switch {
		case kind == "boolean" && to.Kind == types.Bool:
			b.Append(v)
		case kind == "number" && to.Numeric():
			if to.Integer() { // which rounds
				v = roundText(v)
			}
			b.Append(v)
		case c.try:
			b.AppendNull()
		default:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, c.pos, "cannot cast jsonb %s to type %s", kind, to)
		}
	}
	values := b.NewArray()
	defer values.Release()
	out, err := c.fromText(mem, values, to)
	if e, ok := err.(*sqlerr.Error); ok && e.Code == sqlerr.InvalidText {
		e.Code = sqlerr.NumericOutOfRange
	}
	return out, err
}

// roundText is the whole number nearest to a number of JSON, or the number as it is where it has too many digits.
func roundText(s string) string {
	v, t, err := types.ParseNumber(s)
	if err != nil {
		return s
	}
	return string(types.AppendDecimal(nil, shiftDown(v, t.Scale), 0))
}
