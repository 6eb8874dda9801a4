package embedded

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/internal/embedded"
	"millrace/sources"
	"millrace/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// filled makes a table of the numbers from 0 to n.
func filled(t *testing.T, key bool, n int64) (sources.Connector, *catalog.Table) {
	t.Helper()
	store, err := embedded.OpenMemory(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	def := &catalog.Table{
		Name:    catalog.Name{Table: "t"},
		Columns: []catalog.Column{{Column: types.Column{Name: "n", Type: types.Of(types.Int64)}}},
		Options: map[string]catalog.Option{"connector": {Value: catalog.Embedded}},
	}
	if key {
		def.PrimaryKey = []int{0}
	}
	if err := store.Create(def); err != nil {
		t.Fatal(err)
	}
	table, err := store.Table(def)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range n {
		b.Append(i)
	}
	if err := table.Upsert(t.Context(), []arrow.Array{b.NewArray()}, nil, int(n)); err != nil {
		t.Fatal(err)
	}
	return New(func() (*embedded.Store, error) { return store, nil }), def
}

// open opens the table anew, as a restart does.
func open(t *testing.T, c sources.Connector, def *catalog.Table, mem memory.Allocator) sources.Source {
	t.Helper()
	s, err := c.Open(t.Context(), &sources.Scan{Table: def, Pushdown: sources.Pushdown{Columns: []int{0}}, Bounded: true}, mem)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestASnapshotIsReadOnceHoweverOftenItIsGoneOnWith reads each split batch by batch, from a new source after each.
func TestASnapshotIsReadOnceHoweverOftenItIsGoneOnWith(t *testing.T) {
	for _, tc := range []struct {
		key    bool
		rows   int64
		splits int
	}{
		{true, 0, 1}, {true, 20_000, 1}, {false, 0, readers}, {false, 1, readers}, {false, 140_000, readers}, {false, 700_000, readers},
	} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			c, def := filled(t, tc.key, tc.rows)
			var got []int64
			for i := range tc.splits {
				split, at := sources.Split{ID: fmt.Sprintf("rows/%d", i)}, sources.Position("")
				for {
					src := open(t, c, def, mem)
					splits, err := src.Splits(t.Context())
					if err != nil || len(splits) != tc.splits || !slices.Contains(splits, split) {
						t.Fatalf("splits %v, %v", splits, err)
					}
					r, err := src.Open(t.Context(), split, at, func() {})
					if err != nil {
						t.Fatal(err)
					}
					b, err := r.Next(t.Context())
					if at = r.Position(); at == "" {
						t.Fatal("no position")
					}
					if b != nil {
						got = append(got, b.Rec.Column(0).(*array.Int64).Values()...)
						b.Release()
					}
					if cerr := errors.Join(r.Close(), src.Close()); cerr != nil {
						t.Fatal(cerr)
					}
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			slices.Sort(got)
			if int64(len(got)) != tc.rows || tc.rows > 0 && (got[0] != 0 || got[tc.rows-1] != tc.rows-1) || len(slices.Compact(got)) != int(tc.rows) {
				t.Errorf("%d rows of %d", len(got), tc.rows)
			}
		})
	}
}
