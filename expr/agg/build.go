package agg

import (
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// grown is s with n elements at least, the new ones zero.
func grown[T any](s []T, n int) []T {
	have := len(s)
	if n <= have {
		return s
	}
	s = slices.Grow(s, n-have)[:n]
	clear(s[have:])
	return s
}

// sizeOf is the memory that a slice holds.
func sizeOf[T any](s []T) int64 { return int64(cap(s)) * int64(unsafe.Sizeof(*new(T))) }

// every lists n groups where groups is nil, else it is groups.
func every(groups []uint32, n int) []uint32 {
	if groups != nil {
		return groups
	}
	all := make([]uint32, n)
	for i := range all {
		all[i] = uint32(i)
	}
	return all
}

// nullMask collects which values of an array that is being made are NULL.
type nullMask struct {
	mem  memory.Allocator
	size int
	buf  *memory.Buffer // nil while there is none
	n    int
}

func (m *nullMask) set(i int) {
	if m.buf == nil {
		m.buf = memory.NewResizableBuffer(m.mem)
		m.buf.Resize((m.size + 7) / 8)
		for k := range m.buf.Bytes() {
			m.buf.Bytes()[k] = 0xff
		}
	}
	m.buf.Bytes()[i>>3] &^= 1 << (i & 7)
	m.n++
}

// release gives the mask back where no array comes of it.
func (m *nullMask) release() {
	if m.buf != nil {
		m.buf.Release()
	}
}

// makeFixed makes an array of n values of one width; fill writes value i to out[i] and tells nulls of the NULLs. What
// fill returns is returned, without an array.
func makeFixed[T fixed](mem memory.Allocator, dt arrow.DataType, n int, fill func(out []T, nulls *nullMask) error) (arrow.Array, error) {
	buf := memory.NewResizableBuffer(mem)
	defer buf.Release()
	buf.Resize(n * int(unsafe.Sizeof(*new(T))))
	out := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf.Bytes()))), n)
	nulls := nullMask{mem: mem, size: n}
	defer nulls.release()
	if err := fill(out, &nulls); err != nil {
		return nil, err
	}
	return makeArray(dt, n, &nulls, buf), nil
}

// mustFixed is makeFixed where nothing can go wrong.
func mustFixed[T fixed](mem memory.Allocator, dt arrow.DataType, n int, fill func(out []T, nulls *nullMask)) arrow.Array {
	a, _ := makeFixed(mem, dt, n, func(out []T, nulls *nullMask) error { fill(out, nulls); return nil })
	return a
}

// makeArray makes an array over buffers, which stay the caller's to release.
func makeArray(dt arrow.DataType, n int, nulls *nullMask, buffers ...*memory.Buffer) arrow.Array {
	data := array.NewData(dt, n, append([]*memory.Buffer{nulls.buf}, buffers...), nil, nulls.n, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// counts is a BIGINT column with a number for each group.
func counts(mem memory.Allocator, groups []uint32, of func(g uint32) int64) arrow.Array {
	return mustFixed(mem, arrow.PrimitiveTypes.Int64, len(groups), func(out []int64, _ *nullMask) {
		for i, g := range groups {
			out[i] = of(g)
		}
	})
}
