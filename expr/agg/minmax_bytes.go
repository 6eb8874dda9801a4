package agg

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
)

// extremeBytes keeps the smallest or the largest of Text or Bytes values, in the order of their bytes (PostgreSQL's "C"
// collation).
type extremeBytes struct {
	extreme
	largest bool
	bytesCells
}

func (e *extremeBytes) Grow(groups int) { e.grow(groups) }

func (e *extremeBytes) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(e.name, e.pos)
	}
	return e.Merge(groups, args)
}

func (e *extremeBytes) Merge(groups []uint32, state []arrow.Array) error {
	a := state[0]
	valid := validity(a)
	offs, data := varlen(a)
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		if v := data[offs[i]:offs[i+1]]; e.beats(v, g) {
			e.set(g, v)
		}
	}
	e.tidy()
	return nil
}

// beats reports whether v takes the place of what g has.
func (e *extremeBytes) beats(v []byte, g uint32) bool {
	if !e.cells[g].has {
		return true
	}
	d := bytes.Compare(v, e.value(g))
	return d != 0 && d > 0 == e.largest
}

func (e *extremeBytes) State(groups []uint32) ([]arrow.Array, error) {
	a, err := e.Result(groups)
	return []arrow.Array{a}, err
}

func (e *extremeBytes) Result(groups []uint32) (arrow.Array, error) {
	return e.build(e.mem, e.typ.Arrow(), groups), nil
}

func (e *extremeBytes) Bytes() int64 { return e.bytes() }
func (e *extremeBytes) Reset()       { e.reset() }
func (e *extremeBytes) Release()     { e.release() }
