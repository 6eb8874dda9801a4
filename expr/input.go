package expr

import (
	"context"
	"math/bits"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// Input is what a kernel gets: the arguments of a call over the N rows of a batch. A constant is an array of one row.
type Input struct {
	ctx  context.Context // nil: nothing ends it
	Mem  memory.Allocator
	Now  int64 // microseconds since the epoch: the time of the statement
	N    int
	args []arrow.Array
	call *Call

	store [3]arrow.Array // of args, where they are few
}

// isConst reports whether argument k has one value for all rows.
func (in *Input) isConst(k int) bool {
	_, ok := in.call.args[k].(*Literal)
	return ok
}

// mask makes a row the index of its value: all ones for an array, zero for a constant.
func (in *Input) mask(k int) int {
	if in.isConst(k) {
		return 0
	}
	return -1
}

// column is a fixed width argument; value i is v[i&mask].
type column[T pod] struct {
	v    []T
	mask int
}

func (c column[T]) at(i int) T { return c.v[i&c.mask] }

func col[T pod](in *Input, k int) column[T] { return column[T]{pods[T](in.args[k]), in.mask(k)} }

// textColumn is an argument of String or Binary.
type textColumn struct {
	varlen
	mask int
}

func (c *textColumn) at(i int) []byte {
	i &= c.mask
	return c.data[c.offs[i]:c.offs[i+1]]
}

func (in *Input) text(k int) textColumn { return textColumn{varlens(in.args[k]), in.mask(k)} }

// boolColumn is an argument of Boolean, or the null bitmap of any.
type boolColumn struct {
	bitmap
	mask int
}

func (c boolColumn) at(i int) bool { return c.get(i & c.mask) }

// word is the 64 bits from row i on, for a constant as well.
func (c boolColumn) word(i int) uint64 {
	if c.mask == 0 {
		if c.get(0) {
			return ^uint64(0)
		}
		return 0
	}
	return c.bitmap.word(i)
}

func (in *Input) bools(k int) boolColumn { return boolColumn{boolBits(in.args[k]), in.mask(k)} }

// present says for which rows argument k has a value.
func (in *Input) present(k int) boolColumn { return boolColumn{validity(in.args[k]), in.mask(k)} }

// nulls is the null bitmap of a strict kernel's result: a value where every argument has one.
func (in *Input) nulls() (*memory.Buffer, int) {
	var slots [4]bitmap
	maps := slots[:0]
	for k, a := range in.args {
		if !in.isConst(k) {
			maps = append(maps, validity(a))
		}
	}
	return intersect(in.Mem, in.N, maps...)
}

// valid is nulls for reading: whether row i has a value in every argument.
func validOf(nulls *memory.Buffer) bitmap {
	if nulls == nil {
		return bitmap{}
	}
	return bitmap{buf: nulls.Bytes()}
}

// fixed makes a strict kernel's result of a loop that fills dst.
func fixed[T pod](in *Input, width int, loop func(dst []T)) (arrow.Array, error) {
	buf, dst := newPods[T](in.Mem, in.N, width)
	loop(dst)
	nulls, nullN := in.nulls()
	return newArray(in.call.typ.Arrow(), in.N, nullN, nulls, buf), nil
}

// fixedRows makes a strict kernel's result of one value a row, asked for the rows alone that have all arguments.
func fixedRows[T pod](in *Input, width int, value func(i int) (T, error)) (arrow.Array, error) {
	buf, dst := newPods[T](in.Mem, in.N, width)
	nulls, nullN := in.nulls()
	valid := validOf(nulls)
	var zero T
	for i := range dst {
		if !valid.get(i) {
			dst[i] = zero
			continue
		}
		v, err := value(i)
		if err != nil {
			buf.Release()
			release(nulls)
			return nil, err
		}
		dst[i] = v
	}
	return newArray(in.call.typ.Arrow(), in.N, nullN, nulls, buf), nil
}

// boolWords makes a strict kernel's result of a function that gives 64 rows a time.
func (in *Input) boolWords(word func(i int) uint64) arrow.Array {
	buf := newBuffer(in.Mem, bitBytes(in.N))
	dst := buf.Bytes()
	for i := 0; i < in.N; i += 64 {
		putWord(dst, i, word(i))
	}
	nulls, nullN := in.nulls()
	return newArray(arrow.FixedWidthTypes.Boolean, in.N, nullN, nulls, buf)
}

// boolRows makes a strict kernel's result of one Boolean a row, asked for the rows alone that have all arguments.
func (in *Input) boolRows(value func(i int) (bool, error)) (arrow.Array, error) {
	buf := newBuffer(in.Mem, bitBytes(in.N))
	dst := buf.Bytes()
	nulls, nullN := in.nulls()
	valid := validOf(nulls)
	for i := 0; i < in.N; i += 64 {
		w := uint64(0)
		for todo := valid.word(i) & lowBits(in.N-i); todo != 0; todo &= todo - 1 {
			k := bits.TrailingZeros64(todo)
			v, err := value(i + k)
			if err != nil {
				buf.Release()
				release(nulls)
				return nil, err
			}
			if v {
				w |= 1 << k
			}
		}
		putWord(dst, i, w)
	}
	return newArray(arrow.FixedWidthTypes.Boolean, in.N, nullN, nulls, buf), nil
}

// textRows makes a strict kernel's result of String or Binary: value appends the one of row i to dst.
func (in *Input) textRows(value func(dst []byte, i int) ([]byte, error)) (arrow.Array, error) {
	nulls, nullN := in.nulls()
	valid := validOf(nulls)
	out := newTextOut(in.Mem, in.N, in.textSize())
	for i := range in.N {
		if valid.get(i) {
			var err error
			if out.buf, err = value(out.buf, i); err != nil {
				out.release()
				release(nulls)
				return nil, err
			}
		}
		out.end(i)
	}
	return out.array(in.call.typ.Arrow(), nullN, nulls), nil
}

// nullableTextRows is textRows where value may also say that there is none; it is asked for every row.
func (in *Input) nullableTextRows(value func(dst []byte, i int) ([]byte, bool, error)) (arrow.Array, error) {
	out := newTextOut(in.Mem, in.N, in.textSize())
	valid := newBuffer(in.Mem, bitBytes(in.N))
	flags, nullN := valid.Bytes(), 0
	clear(flags)
	for i := range in.N {
		var ok bool
		var err error
		if out.buf, ok, err = value(out.buf, i); err != nil {
			out.release()
			valid.Release()
			return nil, err
		}
		if ok {
			setBit(flags, i)
		} else {
			nullN++
		}
		out.end(i)
	}
	if nullN == 0 {
		valid.Release()
		valid = nil
	}
	return out.array(in.call.typ.Arrow(), nullN, valid), nil
}

// textSize is the size of the text that comes in: a guess of what goes out.
func (in *Input) textSize() int {
	size := 0
	for k, a := range in.args {
		if id := a.DataType().ID(); (id == arrow.STRING || id == arrow.BINARY) && !in.isConst(k) {
			offs := offsets(a)
			size += int(offs[len(offs)-1] - offs[0])
		}
	}
	return size
}

// textOut collects the values of a String or Binary column. What is appended to buf stays in Arrow's memory as long
// as the guess was enough, and is copied there at the end otherwise.
type textOut struct {
	mem    memory.Allocator
	n      int
	offBuf *memory.Buffer
	offs   []int32
	data   *memory.Buffer
	buf    []byte
}

func newTextOut(mem memory.Allocator, n, size int) *textOut {
	o := &textOut{mem: mem, n: n, offBuf: newBuffer(mem, 4*(n+1)), data: newBuffer(mem, max(size, 64))}
	o.offs = arrow.GetData[int32](o.offBuf.Bytes())
	o.offs[0] = 0
	o.buf = o.data.Bytes()[:0]
	return o
}

// end closes the value of row i.
func (o *textOut) end(i int) {
	checkOffsets(int64(len(o.buf)))
	o.offs[i+1] = int32(len(o.buf))
}

func (o *textOut) array(dt arrow.DataType, nullN int, nulls *memory.Buffer) arrow.Array {
	size := len(o.buf)
	if size > o.data.Len() || size > 0 && &o.buf[0] != &o.data.Bytes()[0] {
		data := newBuffer(o.mem, size)
		copy(data.Bytes(), o.buf)
		o.data.Release() // not before: buf may still lie in it, behind its length
		o.data = data
	} else {
		o.data.ResizeNoShrink(size)
	}
	return newArray(dt, o.n, nullN, nulls, o.offBuf, o.data)
}

func (o *textOut) release() {
	o.offBuf.Release()
	o.data.Release()
}

func release(b *memory.Buffer) {
	if b != nil {
		b.Release()
	}
}

// fault is an error of the values in one row: the message, the call, and what its arguments were.
func (in *Input) fault(row int, code, message string) *sqlerr.Error {
	parts := make([]string, len(in.args))
	constant := true
	for k, a := range in.args {
		constant = constant && in.isConst(k)
		i := row & in.mask(k)
		if a.IsNull(i) {
			parts[k] = "NULL"
			continue
		}
		t := in.call.args[k].Type()
		text := string(types.AppendText(nil, a, i, t))
		if !t.Numeric() && t.Kind != types.Bool {
			text = quote(shorten(text))
		}
		parts[k] = text
	}
	values := printCall(in.call.fn.Name, parts)
	if constant {
		return sqlerr.New(code, in.call.pos, "%s in %s", message, values)
	}
	return sqlerr.New(code, in.call.pos, "%s in %s, here %s", message, in.call, values)
}

// shorten cuts a long text for a message.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
