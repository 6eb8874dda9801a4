package expr

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

var comparisonFunctions = []Function{
	comparison("=", "True if both are equal. Text is compared byte by byte.", "1 = 1.0", "true", relation{op: equal}),
	comparison("<>", "True if they are not equal.", "1 <> 2", "true", relation{op: equal, not: true}),
	comparison("<", "True if the left is less. NaN is more than every number.", "'a' < 'b'", "true", relation{op: less}),
	comparison("<=", "True if the left is not more.", "2 <= 2", "true", relation{op: lessEqual}),
	comparison(">", "True if the left is more.", "2 > 3", "false", relation{op: lessEqual, not: true}),
	comparison(">=", "True if the left is not less.", "3 >= 2", "true", relation{op: less, not: true}),
	{Name: "is distinct from", Group: "Comparison", Doc: "Whether two values differ, where NULL is a value like any other.", Example: "1 IS DISTINCT FROM NULL", ExampleResult: "true",
		Overloads: []Overload{{Args: []types.Kind{sameType, sameType}, Result: types.Bool, Prepare: prepareDistinct(true)}}},
	{Name: "is not distinct from", Group: "Comparison", Doc: "Whether two values are the same, where NULL is a value like any other.", Example: "NULL IS NOT DISTINCT FROM NULL", ExampleResult: "true",
		Overloads: []Overload{{Args: []types.Kind{sameType, sameType}, Result: types.Bool, Prepare: prepareDistinct(false)}}},
}

func comparison(name, doc, example, result string, r relation) Function {
	return Function{Name: name, Group: "Comparison", Doc: doc, Example: example, ExampleResult: result,
		Overloads: []Overload{{Args: []types.Kind{sameType, sameType}, Result: types.Bool, Strict: true, Prepare: r.prepare}}}
}

// relation is one of six by three: the others are their opposites.
type relation struct {
	op  relationOp
	not bool
}

type relationOp uint8

const (
	equal relationOp = iota
	less
	lessEqual
)

// mirrored is the relation with its sides changed: a < b is NOT b <= a.
func (r relation) mirrored() relation {
	switch r.op {
	case less:
		return relation{lessEqual, !r.not}
	case lessEqual:
		return relation{less, !r.not}
	}
	return r
}

func (r relation) prepare(c *Call) (Kernel, error) {
	t := c.args[0].Type()
	if t.Kind == types.JSON {
		return r.compareAsJSON, nil
	}
	if !hasOrder(t) {
		return nil, c.noOrder(t)
	}
	words := r.wordsOf(t)
	return func(in *Input) (arrow.Array, error) {
		buf := newBuffer(in.Mem, bitBytes(in.N))
		words(in, buf.Bytes())
		nulls, nullN := in.nulls()
		return newArray(arrow.FixedWidthTypes.Boolean, in.N, nullN, nulls, buf), nil
	}, nil
}

// hasOrder reports whether values of a type are equal or less by a rule; JSON and maps have none.
func hasOrder(t types.Type) bool {
	switch t.Kind {
	case types.JSON, types.Map, types.Unknown:
		return false
	case types.Array:
		return hasOrder(*t.Elem)
	case types.Row:
		for _, f := range t.Fields {
			if !hasOrder(f.Type) {
				return false
			}
		}
	}
	return true
}

// wordsOf is the loop that compares arguments 0 and 1, of type t, into a bitmap of whole words.
func (r relation) wordsOf(t types.Type) func(in *Input, dst []byte) {
	switch t.Kind {
	case types.Bool:
		return r.bools
	case types.Int16:
		return ordered[int16](r)
	case types.Int32, types.Date:
		return ordered[int32](r)
	case types.Int64, types.Time, types.Timestamp, types.TimestampTZ:
		return ordered[int64](r)
	case types.Float32:
		return floats[float32](r)
	case types.Float64:
		return floats[float64](r)
	case types.Text, types.Bytes:
		return r.texts
	case types.Decimal:
		return r.decimals
	}
	return byRows(r, func(in *Input) func(i int) int {
		cmp := comparator(t, in.args[0], in.args[1])
		m0, m1 := in.mask(0), in.mask(1)
		valid := in.present(0)
		other := in.present(1)
		return func(i int) int {
			if !valid.at(i) || !other.at(i) {
				return 0
			}
			return cmp(i&m0, i&m1)
		}
	})
}

// flip is what turns the words of the relation's opposite into its own.
func (r relation) flip() uint64 {
	if r.not {
		return ^uint64(0)
	}
	return 0
}

func (r relation) bools(in *Input, dst []byte) {
	a, b, flip := in.bools(0), in.bools(1), r.flip()
	for i := 0; i < in.N; i += 64 {
		x, y := a.word(i), b.word(i)
		var w uint64
		switch r.op {
		case equal:
			w = ^(x ^ y)
		case less:
			w = ^x & y
		case lessEqual:
			w = ^x | y
		}
		putWord(dst, i, w^flip)
	}
}

// exact are the types whose values Go orders as SQL does.
type exact interface{ int16 | int32 | int64 }

func ordered[T exact](r relation) func(in *Input, dst []byte) {
	return func(in *Input, dst []byte) {
		r := r
		a, b := col[T](in, 0), col[T](in, 1)
		if a.mask == 0 {
			a, b, r = b, a, r.mirrored()
		}
		flip := r.flip()
		if b.mask == 0 {
			c := b.v[0]
			switch r.op {
			case equal:
				equalTo(dst, a.v, c, flip)
			case less:
				lessThan(dst, a.v, c, flip)
			case lessEqual:
				atMost(dst, a.v, c, flip)
			}
			return
		}
		switch r.op {
		case equal:
			equalPairs(dst, a.v, b.v, flip)
		case less:
			lessPairs(dst, a.v, b.v, flip)
		case lessEqual:
			atMostPairs(dst, a.v, b.v, flip)
		}
	}
}

// The loops write a word of 64 results a time. A comparison becomes a bit without a branch; the compiler unrolls
// nothing, so the inner loops are kept as short as they are here.

func equalTo[T exact | real](dst []byte, a []T, c T, flip uint64) {
	for at := 0; len(a) > 0; at += 64 {
		block := a[:min(64, len(a))]
		w := uint64(0)
		for k, x := range block {
			bit := uint64(0)
			if x == c {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, at, w^flip)
		a = a[len(block):]
	}
}

func lessThan[T exact | real](dst []byte, a []T, c T, flip uint64) {
	for at := 0; len(a) > 0; at += 64 {
		block := a[:min(64, len(a))]
		w := uint64(0)
		for k, x := range block {
			bit := uint64(0)
			if x < c {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, at, w^flip)
		a = a[len(block):]
	}
}

func atMost[T exact | real](dst []byte, a []T, c T, flip uint64) {
	for at := 0; len(a) > 0; at += 64 {
		block := a[:min(64, len(a))]
		w := uint64(0)
		for k, x := range block {
			bit := uint64(0)
			if x <= c {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, at, w^flip)
		a = a[len(block):]
	}
}

func equalPairs[T exact](dst []byte, a, b []T, flip uint64) {
	for at := 0; len(a) > 0; at += 64 {
		n := min(64, len(a))
		left, right := a[:n], b[:n]
		w := uint64(0)
		for k, x := range left {
			bit := uint64(0)
			if x == right[k] {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, at, w^flip)
		a, b = a[n:], b[n:]
	}
}

func lessPairs[T exact](dst []byte, a, b []T, flip uint64) {
	for at := 0; len(a) > 0; at += 64 {
		n := min(64, len(a))
		left, right := a[:n], b[:n]
		w := uint64(0)
		for k, x := range left {
			bit := uint64(0)
			if x < right[k] {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, at, w^flip)
		a, b = a[n:], b[n:]
	}
}

func atMostPairs[T exact](dst []byte, a, b []T, flip uint64) {
	for at := 0; len(a) > 0; at += 64 {
		n := min(64, len(a))
		left, right := a[:n], b[:n]
		w := uint64(0)
		for k, x := range left {
			bit := uint64(0)
			if x <= right[k] {
				bit = 1
			}
			w |= bit << (k & 63)
		}
		putWord(dst, at, w^flip)
		a, b = a[n:], b[n:]
	}
}

// floats compares as PostgreSQL does: NaN equals NaN and is more than all else. Against a constant that is no NaN,
// Go's own comparison says the same, as a NaN is then neither equal nor less.
func floats[T real](r relation) func(in *Input, dst []byte) {
	return func(in *Input, dst []byte) {
		r := r
		a, b := col[T](in, 0), col[T](in, 1)
		if a.mask == 0 {
			a, b, r = b, a, r.mirrored()
		}
		if c := b.v; b.mask == 0 && len(c) == 1 && c[0] == c[0] {
			switch r.op {
			case equal:
				equalTo(dst, a.v, c[0], r.flip())
			case less:
				lessThan(dst, a.v, c[0], r.flip())
			case lessEqual:
				atMost(dst, a.v, c[0], r.flip())
			}
			return
		}
		flip := r.flip()
		for i := 0; i < in.N; i += 64 {
			w := uint64(0)
			for k := range min(64, in.N-i) {
				if r.holds(compareFloat(a.at(i+k), b.at(i+k))) {
					w |= 1 << k
				}
			}
			putWord(dst, i, w^flip)
		}
	}
}

func compareFloat[T real](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	case x == x: // y is NaN
		return -1
	case y == y:
		return 1
	}
	return 0
}

// holds is the relation, without its not, for the outcome of a comparison.
func (r relation) holds(cmp int) bool {
	switch r.op {
	case equal:
		return cmp == 0
	case less:
		return cmp < 0
	}
	return cmp <= 0
}

// texts compares bytes. Equality looks at the lengths first.
func (r relation) texts(in *Input, dst []byte) {
	a, b, flip := in.text(0), in.text(1), r.flip()
	if r.op == equal && a.mask == 0 {
		a, b = b, a
	}
	if r.op == equal && b.mask == 0 {
		equalText(dst, a.varlen, string(b.at(0)), flip)
		return
	}
	for i := 0; i < in.N; i += 64 {
		w := uint64(0)
		for k := range min(64, in.N-i) {
			x, y := a.at(i+k), b.at(i+k)
			if r.op == equal {
				if len(x) == len(y) && string(x) == string(y) {
					w |= 1 << k
				}
			} else if r.holds(bytes.Compare(x, y)) {
				w |= 1 << k
			}
		}
		putWord(dst, i, w^flip)
	}
}

func equalText(dst []byte, a varlen, c string, flip uint64) {
	n, size := len(a.offs)-1, int32(len(c))
	start := a.offs[0]
	for i := 0; i < n; i += 64 {
		w := uint64(0)
		for k, end := range a.offs[i+1 : min(i+64, n)+1] {
			if end-start == size && string(a.data[start:end]) == c {
				w |= 1 << k
			}
			start = end
		}
		putWord(dst, i, w^flip)
	}
}

// byRows compares a pair at a time; cmp says how the arguments of row i compare.
func byRows(r relation, compare func(in *Input) func(i int) int) func(in *Input, dst []byte) {
	return func(in *Input, dst []byte) {
		cmp, flip := compare(in), r.flip()
		for i := 0; i < in.N; i += 64 {
			w := uint64(0)
			for k := range min(64, in.N-i) {
				if r.holds(cmp(i + k)) {
					w |= 1 << k
				}
			}
			putWord(dst, i, w^flip)
		}
	}
}

// prepareDistinct is IS [NOT] DISTINCT FROM by equality and the null bitmaps.
func prepareDistinct(distinct bool) func(c *Call) (Kernel, error) {
	return func(c *Call) (Kernel, error) {
		r := relation{op: equal}
		if _, err := r.prepare(c); err != nil {
			return nil, err
		}
		words := r.wordsOf(c.args[0].Type())
		return func(in *Input) (arrow.Array, error) {
			buf := newBuffer(in.Mem, bitBytes(in.N))
			dst := buf.Bytes()
			words(in, dst)
			same, p, q := bitmap{buf: dst}, in.present(0), in.present(1)
			for i := 0; i < in.N; i += 64 {
				x, y := p.word(i), q.word(i)
				w := same.word(i)&x&y | ^x&^y
				if distinct {
					w = ^w
				}
				putWord(dst, i, w)
			}
			return newArray(arrow.FixedWidthTypes.Boolean, in.N, 0, nil, buf), nil
		}, nil
	}
}
