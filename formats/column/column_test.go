package column

import (
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"millrace/types"
)

// Rows may be written several times, as after a record that could not be read: the last writing counts, values and
// NULLs alike, and growing on the way loses nothing.
func TestTheLastWritingOfARowCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		num, err1 := New(types.Of(types.Int64), mem)
		text, err2 := New(types.Of(types.Text), mem)
		flag, err3 := New(types.Of(types.Bool), mem)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			var want []string
			for row := range rapid.IntRange(0, 200).Draw(t, "rows") {
				for _, c := range []*Column{num, text, flag} {
					c.Grow(row + 1)
				}
				var last string
				for range rapid.IntRange(1, 3).Draw(t, "writings") {
					if rapid.IntRange(0, 2).Draw(t, "null") == 0 {
						num.SetNull(row)
						text.SetNull(row)
						flag.SetNull(row)
						last = "(null) (null) (null)"
						continue
					}
					v := rapid.Int64().Draw(t, "v")
					s := rapid.StringN(1, 20, -1).Draw(t, "s")
					num.I64[row] = v
					num.SetValid(row)
					if !text.SetString(row, s) {
						t.Fatal("no room")
					}
					flag.SetBool(row, v > 0)
					last = fmt.Sprintf("%d %s %v", v, s, v > 0)
				}
				want = append(want, last)
			}
			a, b, c := num.Take(len(want)), text.Take(len(want)), flag.Take(len(want))
			for i, w := range want {
				if got := a.ValueStr(i) + " " + b.ValueStr(i) + " " + c.ValueStr(i); got != w {
					t.Fatalf("row %d is %q, want %q", i, got, w)
				}
				if a.IsNull(i) && a.(*array.Int64).Value(i) != 0 {
					t.Fatalf("below the NULL in row %d is %d", i, a.(*array.Int64).Value(i))
				}
			}
			a.Release()
			b.Release()
			c.Release()
		}
	})
}

func TestWhatTheNextBatchStartsWith(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	c, err := New(types.Of(types.Text), mem)
	if err != nil {
		t.Fatal(err)
	}
	for i, batch := range []struct{ rows, each, mostData int }{
		{1000, 10, 32 << 10}, {1000, 10, 32 << 10}, {1000, 10, 12 << 10}, {1, 1 << 20, 1<<20 + 64}, {1000, 10, 32 << 10}, {1000, 10, 12 << 10},
	} {
		for row := range batch.rows {
			c.Grow(row + 1)
			if !c.SetBytes(row, make([]byte, batch.each)) {
				t.Fatal("no room")
			}
		}
		if len(c.Data) > batch.mostData {
			t.Errorf("batch %d has %d bytes for text", i, len(c.Data))
		}
		c.Take(batch.rows).Release()
	}
}

func TestMoreThanAColumnHolds(t *testing.T) {
	c, err := New(types.Of(types.Text), memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	c.Grow(1)
	if _, ok := c.Room(0, math.MaxInt32+1); ok {
		t.Error("there is room for more than 2 GiB")
	}
}

func TestTypesThatCannotBeBuilt(t *testing.T) {
	for _, typ := range []types.Type{
		{}, types.Of(types.Interval), types.ArrayOf(types.Of(types.Interval)), types.MapOf(types.Of(types.Int64), types.Of(types.Text)),
		types.RowOf(types.Field{Name: "x", Type: types.Of(types.Interval)}),
	} {
		if _, err := New(typ, memory.DefaultAllocator); err == nil {
			t.Errorf("%s can be built", typ)
		}
	}
	for _, k := range types.Kinds() {
		typ := types.Of(k)
		switch k {
		case types.Interval:
			continue
		case types.Decimal:
			typ = types.DecimalOf(10, 2)
		case types.Array:
			typ = types.ArrayOf(types.Of(types.Bool))
		case types.Map:
			typ = types.MapOf(types.Of(types.Text), types.Of(types.Bool))
		case types.Row:
			typ = types.RowOf(types.Field{Name: "x", Type: types.Of(types.UUID)})
		}
		c, err := New(typ, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		c.Grow(3)
		for row := range 3 {
			c.SetNull(row)
		}
		if a := c.Take(3); a.NullN() != 3 || a.Len() != 3 {
			t.Errorf("%s: %v", typ, a)
		}
	}
}
