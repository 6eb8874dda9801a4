package agg

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

const (
	argMaxDoc = "The value of the row with the largest by, also where that value is NULL; NaN counts as the largest. Rows whose by is NULL do not count, and of rows with the same by the first one does."
	argMinDoc = "The value of the row with the smallest by, also where that value is NULL. Rows whose by is NULL do not count, and of rows with the same by the first one does."
	argTakes  = "two arguments: a value of any type, and what rows are compared by, which is a number, TEXT, BYTEA, BOOLEAN, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL or UUID"
)

var argFunctions = []Function{
	{Name: "arg_min", Doc: argMinDoc, Example: "arg_min(n, price)", ExampleResult: "1", Ordered: true, Takes: argTakes, resolve: resolveArgExtreme("arg_min", false)},
	{Name: "arg_max", Doc: argMaxDoc, Example: "arg_max(fruit, price)", ExampleResult: "fig", Ordered: true, Takes: argTakes, resolve: resolveArgExtreme("arg_max", true)},
	{Name: "min_by", Doc: "Another name of arg_min.", Example: "min_by(fruit, n)", ExampleResult: "pear", Ordered: true, Takes: argTakes, resolve: resolveArgExtreme("min_by", false)},
	{Name: "max_by", Doc: "Another name of arg_max.", Example: "max_by(n, price)", ExampleResult: "4", Ordered: true, Takes: argTakes, resolve: resolveArgExtreme("max_by", true)},
}

func resolveArgExtreme(name string, largest bool) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 2 {
			return Call{}, false
		}
		value, by := args[0], args[1]
		if value.Kind == types.Unknown {
			value = types.Of(types.Text)
		}
		switch by.Kind {
		case types.Unknown:
			by = types.Of(types.Text)
		case types.JSON, types.Array, types.Map, types.Row:
			return Call{}, false
		}
		both := []types.Type{value, by}
		return Call{
			Args: both, Result: value, State: both,
			New: func(mem memory.Allocator) Accumulator {
				return &argExtreme{
					name: name, pos: pos,
					best: extremeCall(name, largest, by, pos).New(mem).(picker),
					vals: newCells(mem, value),
				}
			},
		}, true
	}
}

// argExtreme keeps the value of the row with the smallest or the largest by. Its state is that value and that by, which
// is NULL in a group without rows.
//
// Of several rows with the same by the one that a group saw first stays. Merge keeps what is there against an equal by,
// so that the first one of all wins where states are merged in the order of their rows.
type argExtreme struct {
	name string
	pos  sqlerr.Pos
	best picker
	vals cells
	won  []win // of one call
}

// win is a row that is better than all that its group has had.
type win struct{ group, row uint32 }

// picker keeps each group's best value, and tells which rows had it.
type picker interface {
	Accumulator
	// pick puts row i into groups[i] and appends the rows that are better than all before them, in order: the last win
	// of a group is its best row.
	pick(groups []uint32, by arrow.Array, won []win) []win
}

// cells keeps a value, or NULL, for each group.
type cells interface {
	grow(groups int)
	put(won []win, vals arrow.Array)
	result(groups []uint32) arrow.Array
	bytes() int64
	reset()
	release()
}

func (e *argExtreme) Grow(groups int) {
	e.best.Grow(groups)
	e.vals.grow(groups)
}

func (e *argExtreme) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(e.name, e.pos)
	}
	return e.Merge(groups, args)
}

func (e *argExtreme) Merge(groups []uint32, state []arrow.Array) error {
	e.won = e.best.pick(groups, state[1], e.won[:0])
	e.vals.put(e.won, state[0])
	return nil
}

func (e *argExtreme) State(groups []uint32) ([]arrow.Array, error) {
	by, err := e.best.Result(groups)
	if err != nil {
		return nil, err
	}
	return []arrow.Array{e.vals.result(groups), by}, nil
}

func (e *argExtreme) Result(groups []uint32) (arrow.Array, error) { return e.vals.result(groups), nil }

func (e *argExtreme) Bytes() int64 { return e.best.Bytes() + e.vals.bytes() + sizeOf(e.won) }

func (e *argExtreme) Reset() {
	e.best.Reset()
	e.vals.reset()
}

func (e *argExtreme) Release() {
	e.best.Release()
	e.vals.release()
	e.won = nil
}

func (e *extremeWord) pick(groups []uint32, by arrow.Array, won []win) []win {
	valid := validity(by)
	all := valid.all()
	var scratch block
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		words := orderedWords(by, from, to, &scratch)
		vals, flip := e.vals, e.flip
		for i, g := range groups[from:to] {
			v := int64(words[i]) ^ flip
			if v >= vals[g] && (v != math.MaxInt64 || e.has[g]) || !all && !valid.has(from+i) { // the first one may be MaxInt64
				continue
			}
			vals[g], e.has[g] = v, true
			won = append(won, win{g, uint32(from + i)})
		}
	}
	return won
}

func (e *extremeWide) pick(groups []uint32, by arrow.Array, won []win) []win {
	valid := validity(by)
	raw := values[word2](by)
	var orders [blockRows]word2
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		order := orderedWide(by, from, to, &orders)
		for i, g := range groups[from:to] {
			if !valid.all() && !valid.has(from+i) || !e.beats(order[i], &e.cells[g]) {
				continue
			}
			e.cells[g] = wideCell{order[i], raw[from+i], true}
			won = append(won, win{g, uint32(from + i)})
		}
	}
	return won
}

func (e *extremeBytes) pick(groups []uint32, by arrow.Array, won []win) []win {
	valid := validity(by)
	offs, data := varlen(by)
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		if v := data[offs[i]:offs[i+1]]; e.beats(v, g) {
			e.set(g, v)
			won = append(won, win{g, uint32(i)})
		}
	}
	e.tidy()
	return won
}
