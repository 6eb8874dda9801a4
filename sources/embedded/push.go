package embedded

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/expr"
	"millrace/internal/embedded"
	"millrace/sources"
)

// bound is a comparison of a column of the table with a constant.
type bound struct {
	column int
	op     string
	value  *expr.Literal
	from   expr.Expr
}

// mirrored is each comparison with its sides the other way round.
var mirrored = map[string]string{"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// boundOf reads a conjunct as a comparison of a column with a constant of the same type that is not NULL.
func boundOf(e expr.Expr, columns []int) (bound, bool) {
	c, ok := e.(*expr.Call)
	if !ok || mirrored[c.Name()] == "" || len(c.Inputs()) != 2 {
		return bound{}, false
	}
	op, left, right := c.Name(), c.Inputs()[0], c.Inputs()[1]
	if _, ok := left.(*expr.Literal); ok {
		op, left, right = mirrored[op], right, left
	}
	col, isCol := left.(*expr.Column)
	lit, isLit := right.(*expr.Literal)
	if !isCol || !isLit || lit.Value == nil || !lit.Type().Equal(col.Type()) {
		return bound{}, false
	}
	return bound{columns[col.Index], op, lit, e}, true
}

// keyRange is the range of keys that conditions name, and those conditions: equalities with the first columns of the
// primary key, and comparisons of the one behind them.
func keyRange(t *catalog.Table, want sources.Pushdown) (embedded.Range, []expr.Expr) {
	var bounds []bound
	for _, e := range want.Filter {
		if b, ok := boundOf(e, want.Columns); ok {
			bounds = append(bounds, b)
		}
	}
	var prefix []byte
	var taken []expr.Expr
	for _, k := range t.PrimaryKey {
		i := slices.IndexFunc(bounds, func(b bound) bool { return b.column == k && b.op == "=" })
		if i < 0 {
			r, more := between(t, prefix, bounds, k)
			return r, append(taken, more...)
		}
		taken = append(taken, bounds[i].from)
		prefix = append(prefix, keyOf(t, bounds[i].value)...)
	}
	if prefix == nil {
		return embedded.Range{}, nil
	}
	return embedded.Range{Low: prefix, High: embedded.After(prefix)}, taken
}

// keyOf is a constant as a part of a key.
func keyOf(t *catalog.Table, l *expr.Literal) []byte {
	one := array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
	defer one.Release()
	a, err := l.Eval(&expr.Ctx{Mem: memory.DefaultAllocator}, one)
	if err != nil {
		panic(err) // a constant is there
	}
	defer a.Release()
	return embedded.KeyOf(a, t.Materialized())
}

// between narrows the keys that begin with prefix by comparisons of the next column.
func between(t *catalog.Table, prefix []byte, bounds []bound, column int) (embedded.Range, []expr.Expr) {
	r := embedded.Range{}
	if prefix != nil {
		r = embedded.Range{Low: prefix, High: embedded.After(prefix)}
	}
	var taken []expr.Expr
	for _, b := range bounds {
		if b.column != column {
			continue
		}
		if taken == nil && t.Materialized() {
			r = embedded.Values(prefix)
		}
		taken = append(taken, b.from)
		k := append(slices.Clone(prefix), keyOf(t, b.value)...)
		switch b.op {
		case ">=":
			r.Low = later(r.Low, k)
		case ">":
			if above := embedded.After(k); above != nil {
				r.Low = later(r.Low, above)
			} else { // nothing is
				r.High = []byte{}
			}
		case "<":
			r.High = earlier(r.High, k)
		case "<=":
			r.High = earlier(r.High, embedded.After(k))
		}
	}
	return r, taken
}

// later is the higher of two lower bounds.
func later(a, b []byte) []byte {
	if bytes.Compare(a, b) > 0 {
		return a
	}
	return b
}

// earlier is the lower of two upper bounds; nil has no end.
func earlier(a, b []byte) []byte {
	if a == nil || b != nil && bytes.Compare(b, a) < 0 {
		return b
	}
	return a
}
