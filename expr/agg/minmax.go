package agg

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var minmaxFunctions = []Function{
	{Name: "min", Doc: "The smallest value. NULL where there is none.", Example: "min(price)", ExampleResult: "1.5", Takes: orderable, resolve: resolveExtreme("min")},
	{Name: "max", Doc: "The largest value; NaN counts as the largest. NULL where there is none.", Example: "max(fruit)", ExampleResult: "pear", Takes: orderable, resolve: resolveExtreme("max")},
}

const orderable = "one number, TEXT, BYTEA, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, UUID or ARRAY (for BOOLEAN there are bool_and and bool_or)"

func resolveExtreme(name string) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 {
			return Call{}, false
		}
		t := args[0]
		switch t.Kind {
		case types.Unknown:
			t = types.Of(types.Text)
		case types.Bool, types.JSON, types.Map, types.Row:
			return Call{}, false
		case types.Array:
			if !ordered(*t.Elem) {
				return Call{}, false
			}
		}
		return extremeCall(name, name == "max", t, pos), true
	}
}

// extremeCall is the aggregate that keeps the smallest or the largest value. Its state is that value, or NULL.
func extremeCall(name string, largest bool, t types.Type, pos sqlerr.Pos) Call {
	return Call{
		Args: []types.Type{t}, Result: t, State: []types.Type{t},
		New: func(mem memory.Allocator) Accumulator {
			e := extreme{mem: mem, name: name, pos: pos, typ: t}
			if t.Kind == types.Array {
				return &extremeArray{extreme: e, largest: largest, vals: newCells(mem, t)}
			}
			switch wordsOf(t.Arrow()) {
			case 1:
				w := &extremeWord{extreme: e}
				if largest {
					w.flip = -1
				}
				return w
			case 2:
				return &extremeWide{extreme: e, largest: largest}
			}
			return &extremeBytes{extreme: e, largest: largest}
		},
	}
}

// extreme is what min and max of all types have in common.
type extreme struct {
	mem  memory.Allocator
	name string
	pos  sqlerr.Pos
	typ  types.Type
}

// extremeWord keeps the smallest or the largest of values that are a word.
type extremeWord struct {
	extreme
	flip int64   // 0 for min; -1 for max: the smallest of the complements
	vals []int64 // ordered words, see orderedWords; MaxInt64 where there is none
	has  []bool
}

func (e *extremeWord) Grow(groups int) {
	have := len(e.vals)
	e.vals, e.has = grown(e.vals, groups), grown(e.has, groups)
	for i := have; i < len(e.vals); i++ {
		e.vals[i] = math.MaxInt64
	}
}

func (e *extremeWord) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(e.name, e.pos)
	}
	return e.Merge(groups, args)
}

func (e *extremeWord) Merge(groups []uint32, state []arrow.Array) error {
	a := state[0]
	valid := validity(a)
	var scratch block
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		words := orderedWords(a, from, to, &scratch)
		if valid.all() {
			e.add(groups[from:to], words)
			continue
		}
		for i, g := range groups[from:to] {
			if valid.has(from + i) {
				e.add([]uint32{g}, words[i:i+1])
			}
		}
	}
	return nil
}

func (e *extremeWord) add(groups []uint32, words []uint64) {
	vals, flip := e.vals, e.flip
	words = words[:len(groups)]
	for i, g := range groups {
		if v := int64(words[i]) ^ flip; v <= vals[g] { // equal: the first one may be MaxInt64
			vals[g] = v
			e.has[g] = true
		}
	}
}

// orderedWords is loadWords with floats turned into integers of the same order.
func orderedWords(a arrow.Array, from, to int, scratch *block) []uint64 {
	out := scratch[:to-from]
	switch a.DataType().ID() {
	case arrow.FLOAT64:
		for i, v := range values[float64](a)[from:to] {
			out[i] = orderFloat(floatWord(v))
		}
		return out
	case arrow.FLOAT32:
		for i, v := range values[float32](a)[from:to] {
			out[i] = orderFloat(floatWord(float64(v)))
		}
		return out
	}
	return loadWords(a, 0, from, to, scratch)
}

// orderFloat turns the bits of a double into an integer of the same order, and back.
func orderFloat(w uint64) uint64 { return w ^ uint64(int64(w)>>63)>>1 }

func (e *extremeWord) State(groups []uint32) ([]arrow.Array, error) {
	a, err := e.Result(groups)
	return []arrow.Array{a}, err
}

func (e *extremeWord) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(e.vals))
	b := array.NewBuilder(e.mem, e.typ.Arrow())
	defer b.Release()
	b.Reserve(len(groups))
	float := e.typ.Kind == types.Float32 || e.typ.Kind == types.Float64
	for _, g := range groups {
		w := uint64(e.vals[g] ^ e.flip)
		switch {
		case !e.has[g]:
			b.AppendNull()
		case float:
			appendWord(b, orderFloat(w))
		default:
			appendWord(b, w)
		}
	}
	return b.NewArray(), nil
}

func (e *extremeWord) Bytes() int64 { return sizeOf(e.vals) + sizeOf(e.has) }
func (e *extremeWord) Reset()       { e.vals, e.has = e.vals[:0], e.has[:0] }
func (e *extremeWord) Release()     { e.vals, e.has = nil, nil }

// extremeWide keeps the smallest or the largest of values of 16 bytes: Decimal, UUID, Interval.
type extremeWide struct {
	extreme
	largest bool
	cells   []wideCell
}

type wideCell struct {
	order word2 // two's complement
	raw   word2 // the value as Arrow has it
	has   bool
}

func (e *extremeWide) Grow(groups int) { e.cells = grown(e.cells, groups) }

func (e *extremeWide) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(e.name, e.pos)
	}
	return e.Merge(groups, args)
}

func (e *extremeWide) Merge(groups []uint32, state []arrow.Array) error {
	a := state[0]
	valid := validity(a)
	raw := values[word2](a)
	var orders [blockRows]word2
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		order := orderedWide(a, from, to, &orders)
		if valid.all() {
			e.add(groups[from:to], order, raw[from:to])
			continue
		}
		for i, g := range groups[from:to] {
			if !valid.has(from + i) {
				continue
			}
			if c := &e.cells[g]; e.beats(order[i], c) {
				*c = wideCell{order[i], raw[from+i], true}
			}
		}
	}
	return nil
}

func (e *extremeWide) add(groups []uint32, order, raw []word2) {
	cells, flip := e.cells, uint64(0) // of complements the smallest is the largest
	if e.largest {
		flip = ^uint64(0)
	}
	order, raw = order[:len(groups)], raw[:len(groups)]
	for i, g := range groups {
		c, o := &cells[g], order[i]
		hi, best := int64(o.hi^flip), int64(c.order.hi^flip)
		if hi < best || hi == best && o.lo^flip < c.order.lo^flip || !c.has {
			*c = wideCell{o, raw[i], true}
		}
	}
}

// beats reports whether a value of that order takes the place of what c has.
func (e *extremeWide) beats(order word2, c *wideCell) bool {
	switch {
	case !c.has:
		return true
	case e.largest:
		return lessSigned(c.order, order)
	}
	return lessSigned(order, c.order)
}

// orderedWide is what values of 16 bytes are ordered by, as signed numbers.
func orderedWide(a arrow.Array, from, to int, scratch *[blockRows]word2) []word2 {
	out := scratch[:to-from]
	switch a.DataType().ID() {
	case arrow.INTERVAL_MONTH_DAY_NANO:
		for i, v := range values[arrow.MonthDayNanoInterval](a)[from:to] {
			out[i] = intervalNanos(v)
		}
	case arrow.FIXED_SIZE_BINARY: // its bytes from the first on, unsigned
		for i, v := range values[word2](a)[from:to] {
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], v.lo)
			out[i].hi = binary.BigEndian.Uint64(b[:]) ^ 1<<63
			binary.LittleEndian.PutUint64(b[:], v.hi)
			out[i].lo = binary.BigEndian.Uint64(b[:])
		}
	default:
		return values[word2](a)[from:to]
	}
	return out
}

func lessSigned(a, b word2) bool {
	return int64(a.hi) < int64(b.hi) || a.hi == b.hi && a.lo < b.lo
}

func (e *extremeWide) State(groups []uint32) ([]arrow.Array, error) {
	a, err := e.Result(groups)
	return []arrow.Array{a}, err
}

func (e *extremeWide) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(e.cells))
	return mustFixed(e.mem, e.typ.Arrow(), len(groups), func(out []word2, nulls *nullMask) {
		for i, g := range groups {
			out[i] = e.cells[g].raw
			if !e.cells[g].has {
				nulls.set(i)
			}
		}
	}), nil
}

func (e *extremeWide) Bytes() int64 { return sizeOf(e.cells) }
func (e *extremeWide) Reset()       { e.cells = e.cells[:0] }
func (e *extremeWide) Release()     { e.cells = nil }
