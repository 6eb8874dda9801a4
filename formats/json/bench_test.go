package json

import (
	"fmt"
	"math/rand"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/types"
)

var bidSchema = types.Schema{
	{Name: "auction", Type: types.Of(types.Int64)},
	{Name: "bidder", Type: types.Of(types.Int64)},
	{Name: "price", Type: types.Of(types.Int64)},
	{Name: "channel", Type: types.Of(types.Text)},
	{Name: "url", Type: types.Of(types.Text)},
	{Name: "dateTime", Type: types.Of(types.TimestampTZ)},
	{Name: "extra", Type: types.Of(types.Text)},
}

// pick is the named columns of bidSchema.
func pick(names ...string) types.Schema {
	var s types.Schema
	for _, name := range names {
		s = append(s, bidSchema[bidSchema.Index(name)])
	}
	return s
}

// bids makes n Nexmark bids of about 270 bytes; layout is Printf's, for the seven fields in order.
func bids(n int, layout string) [][]byte {
	r := rand.New(rand.NewSource(1))
	letters := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('a' + r.Intn(26))
		}
		return b
	}
	channels := []string{"Google", "Facebook", "Baidu", "Apple"}
	at := int64(1700000000000)
	out := make([][]byte, n)
	for i := range out {
		at += int64(r.Intn(3))
		out[i] = fmt.Appendf(nil, layout, 1000+r.Intn(100000), 1000+r.Intn(50000), r.Intn(10000000), channels[r.Intn(4)],
			"https://www.nexmark.com/"+string(letters(6))+"/item.htm?query=1", at, letters(60+r.Intn(60)))
	}
	return out
}

const (
	compact = `{"auction":%d,"bidder":%d,"price":%d,"channel":"%s","url":"%s","dateTime":%d,"extra":"%s"}`
	spaced  = `{"auction": %d, "bidder": %d, "price": %d, "channel": "%s", "url": "%s", "dateTime": %d, "extra": "%s"}`
)

// pool hands out again what was freed, as the engine's allocator does.
type pool struct {
	mu   sync.Mutex
	free map[int][][]byte
}

func (p *pool) Allocate(n int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if have := p.free[n]; len(have) > 0 {
		p.free[n] = have[:len(have)-1]
		return have[len(have)-1]
	}
	return memory.DefaultAllocator.Allocate(n)
}

func (p *pool) Reallocate(n int, b []byte) []byte {
	out := p.Allocate(n)
	copy(out, b)
	if b != nil {
		p.Free(b)
	}
	return out
}

func (p *pool) Free(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free[len(b)] = append(p.free[len(b)], b)
}

func BenchmarkDecodeBid(b *testing.B) {
	for _, bc := range []struct {
		name   string
		layout string
		want   types.Schema
	}{
		{"two of seven columns", compact, pick("bidder", "dateTime")},
		{"two of seven columns, spaces", spaced, pick("bidder", "dateTime")},
		{"three of seven columns", compact, pick("auction", "price", "dateTime")},
		{"all columns", compact, bidSchema},
		{"no column", compact, nil},
	} {
		b.Run(bc.name, func(b *testing.B) {
			recs := bids(8192, bc.layout)
			size := 0
			for _, r := range recs {
				size += len(r)
			}
			d, err := New().NewDecoder(bc.want, nil, &pool{free: map[int][][]byte{}})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Release()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decode(recs); err != nil {
					b.Fatal(err)
				}
				for _, a := range d.Take() {
					a.Release()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(recs)), "ns/record")
		})
	}
}

func BenchmarkEncodeBid(b *testing.B) {
	d, err := New().NewDecoder(bidSchema, nil, memory.DefaultAllocator)
	if err != nil {
		b.Fatal(err)
	}
	rec := decodeAll(b, d, bids(8192, compact), bidSchema)
	defer rec.Release()
	for _, timestamp := range []string{"iso", "ms"} {
		b.Run(timestamp, func(b *testing.B) {
			e, err := New().NewEncoder(bidSchema, map[string]string{"timestamp": timestamp})
			if err != nil {
				b.Fatal(err)
			}
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				if buf, _, err = e.Encode(rec, buf[:0]); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(buf)))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/8192, "ns/record")
		})
	}
}

// decodeAll reads records, all of them good, into a batch.
func decodeAll(t testing.TB, d formats.Decoder, recs [][]byte, s types.Schema) arrow.RecordBatch {
	t.Helper()
	if n, err := d.Decode(recs); err != nil {
		t.Fatalf("record %d (%.200q): %v", n, recs[n], err)
	}
	n := d.Len()
	cols := d.Take()
	rec := array.NewRecordBatch(s.Arrow(), cols, int64(n))
	for _, c := range cols {
		c.Release()
	}
	return rec
}
