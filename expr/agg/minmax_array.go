package agg

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
)

// extremeArray keeps the smallest or the largest of arrays, which compare by their first difference.
type extremeArray struct {
	extreme
	largest bool
	vals    cells
	groups  int
	won     []win
	best    []int32 // by group, during a call: the row that is best so far, -1 for none
}

func (e *extremeArray) Grow(groups int) {
	e.vals.grow(groups)
	e.groups = max(e.groups, groups)
}

func (e *extremeArray) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(e.name, e.pos)
	}
	return e.Merge(groups, args)
}

// Merge compares the rows with each other and with what their groups have, which is put behind them for that.
func (e *extremeArray) Merge(groups []uint32, state []arrow.Array) error {
	touched := slices.Clone(groups)
	slices.Sort(touched)
	touched = slices.Compact(touched)
	had := e.vals.result(touched)
	defer had.Release()
	all, err := array.Concatenate([]arrow.Array{state[0], had}, e.mem)
	if err != nil {
		return err
	}
	defer all.Release()
	e.best = sized(e.best, e.groups)
	for i, g := range touched {
		e.best[g] = -1
		if had.IsValid(i) {
			e.best[g] = int32(len(groups) + i)
		}
	}
	compare, valid := expr.Comparator(e.typ, all), validity(all)
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		if b := int(e.best[g]); b >= 0 {
			if c := compare(i, b); c == 0 || c > 0 != e.largest {
				continue
			}
		}
		e.best[g] = int32(i)
	}
	e.won = e.won[:0]
	for _, g := range touched {
		if b := e.best[g]; b >= 0 && int(b) < len(groups) {
			e.won = append(e.won, win{g, uint32(b)})
		}
	}
	e.vals.put(e.won, all)
	return nil
}

func (e *extremeArray) State(groups []uint32) ([]arrow.Array, error) {
	a, err := e.Result(groups)
	return []arrow.Array{a}, err
}

func (e *extremeArray) Result(groups []uint32) (arrow.Array, error) {
	return e.vals.result(groups), nil
}

func (e *extremeArray) Bytes() int64 { return e.vals.bytes() + sizeOf(e.won) + sizeOf(e.best) }

func (e *extremeArray) Reset() {
	e.vals.reset()
	e.groups = 0
}

func (e *extremeArray) Release() {
	e.vals.release()
	e.won, e.best = nil, nil
}
