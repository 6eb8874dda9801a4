package tpch

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// The number of rows at scale factor 1.
const (
	supplierBase = 10_000
	customerBase = 150_000
	partBase     = 200_000
	orderBase    = 1_500_000
)

// rows takes the rows of a chunk: values are put column by column.
type rows struct {
	builder *array.RecordBuilder
	sf      float64
	text    []byte
	buf     []byte
	next    int // column of the next value
}

func newRows(s types.Schema, sf float64, mem memory.Allocator) *rows {
	return &rows{builder: array.NewRecordBuilder(mem, s.Arrow()), sf: sf, text: pool()}
}

func (g *rows) field() array.Builder {
	f := g.builder.Field(g.next)
	g.next++
	if g.next == len(g.builder.Fields()) {
		g.next = 0
	}
	return f
}

func (g *rows) int(n int64) {
	switch f := g.field().(type) {
	case *array.Int64Builder:
		f.Append(n)
	case *array.Int32Builder:
		f.Append(int32(n))
	case *array.Decimal128Builder: // in hundredths
		f.Append(decimal128.FromI64(n))
	case *array.Date32Builder:
		f.Append(arrow.Date32(n))
	default:
		panic(fmt.Sprintf("tpch: a number for a %T", f))
	}
}

func (g *rows) str(s string) { g.field().(*array.StringBuilder).Append(s) }

func (g *rows) bytes(b []byte) { g.field().(*array.StringBuilder).BinaryBuilder.Append(b) }

// named is a text such as Customer#000000001.
func (g *rows) named(what string, n int64) {
	g.buf = fmt.Appendf(g.buf[:0], "%s%09d", what, n)
	g.bytes(g.buf)
}

func (g *rows) phone(s *stream, nation int64) {
	g.buf = fmt.Appendf(g.buf[:0], "%02d-%03d-%03d-%04d", 10+nation, s.between(100, 999), s.between(100, 999), s.between(1000, 9999))
	g.bytes(g.buf)
}

func (g *rows) address(s *stream) {
	g.buf = address(g.buf[:0], s)
	g.bytes(g.buf)
}

func endRow(streams ...*stream) {
	for _, s := range streams {
		s.endRow()
	}
}

func makeRegions(g *rows, from, to int64) {
	words := newStream(1500869201, 2, from)
	for i := from; i < to; i++ {
		g.int(i)
		g.str(regions[i])
		g.bytes(comment(&words, g.text, 72))
		words.endRow()
	}
}

func makeNations(g *rows, from, to int64) {
	words := newStream(606179079, 2, from)
	for i := from; i < to; i++ {
		g.int(i)
		g.str(nations[i].name)
		g.int(nations[i].region)
		g.bytes(comment(&words, g.text, 72))
		words.endRow()
	}
}

func makeSuppliers(g *rows, from, to int64) {
	where, nation, phone := newStream(706178559, 9, from), newStream(110356601, 1, from), newStream(884434366, 3, from)
	balance, words := newStream(962338209, 1, from), newStream(1341315363, 2, from)
	bbb := newBetterBusiness(from)
	for i := from; i < to; i++ {
		g.int(i + 1)
		g.named("Supplier#", i+1)
		g.address(&where)
		n := nation.between(0, int64(len(nations))-1)
		g.int(n)
		g.phone(&phone, n)
		g.int(balance.between(-99999, 999999))
		g.bytes(bbb.mark(comment(&words, g.text, 63)))
		endRow(&where, &nation, &phone, &balance, &words, &bbb.whether, &bbb.junk, &bbb.offset, &bbb.kind)
	}
}

// betterBusiness hides what the Better Business Bureau says in a few of the suppliers' comments.
type betterBusiness struct{ whether, junk, offset, kind stream }

func newBetterBusiness(row int64) *betterBusiness {
	return &betterBusiness{newStream(202794285, 1, row), newStream(263032577, 1, row), newStream(715851524, 1, row), newStream(753643799, 1, row)}
}

func (b *betterBusiness) mark(comment []byte) []byte {
	const customer, length = "Customer ", len("Customer Complaints")
	if b.whether.between(1, 10_000) > 10 {
		return comment
	}
	noise := b.junk.between(0, int64(len(comment)-length))
	at := b.offset.between(0, int64(len(comment)-length)-noise)
	kind := "Recommends"
	if b.kind.between(0, 100) < 50 {
		kind = "Complaints"
	}
	out := append([]byte{}, comment...)
	copy(out[at:], customer)
	copy(out[at+int64(len(customer))+noise:], kind)
	return out
}

func makeCustomers(g *rows, from, to int64) {
	where, nation, phone := newStream(881155353, 9, from), newStream(1489529863, 1, from), newStream(1521138112, 3, from)
	balance, segment, words := newStream(298370230, 1, from), newStream(1140279430, 1, from), newStream(1335826707, 2, from)
	for i := from; i < to; i++ {
		g.int(i + 1)
		g.named("Customer#", i+1)
		g.address(&where)
		n := nation.between(0, int64(len(nations))-1)
		g.int(n)
		g.phone(&phone, n)
		g.int(balance.between(-99999, 999999))
		g.str(segments.draw(&segment))
		g.bytes(comment(&words, g.text, 73))
		endRow(&where, &nation, &phone, &balance, &segment, &words)
	}
}
