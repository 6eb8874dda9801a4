package embedded

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/sqlerr"
	"millrace/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pairs is a table of k and v; with is what is special about it.
func pairs(with ...func(*catalog.Table)) *catalog.Table {
	t := &catalog.Table{
		Name: catalog.Name{Table: "pairs"},
		Columns: []catalog.Column{
			{Column: types.Column{Name: "k", Type: types.Of(types.Int64), NotNull: true}}, {Column: types.Column{Name: "v", Type: types.Of(types.Text)}},
		},
		Options: map[string]catalog.Option{"connector": {Value: catalog.Embedded}},
	}
	for _, f := range with {
		f(t)
	}
	return t
}

func keyed(t *catalog.Table)      { t.PrimaryKey = []int{0} }
func appendOnly(t *catalog.Table) { t.AppendOnly = true }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func openStore(t testing.TB, fs vfs.FS) *Store {
	t.Helper()
	s, err := Open(fs, "data/rows", discard())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fixture is a store with one table.
func fixture(t testing.TB, def *catalog.Table) (*Store, *Table) {
	t.Helper()
	s := openStore(t, vfs.NewMem())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Create(def); err != nil {
		t.Fatal(err)
	}
	return s, handle(t, s, def)
}

func handle(t testing.TB, s *Store, def *catalog.Table) *Table {
	t.Helper()
	table, err := s.Table(def)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// rowsOf makes columns of k and v.
func rowsOf(ks []int64, v func(k int64) string) []arrow.Array {
	kb, vb := array.NewInt64Builder(memory.DefaultAllocator), array.NewStringBuilder(memory.DefaultAllocator)
	for _, k := range ks {
		kb.Append(k)
		vb.Append(v(k))
	}
	return []arrow.Array{kb.NewArray(), vb.NewArray()}
}

// keysOf makes the column of the keys of rows in a keyed table.
func keysOf(t *Table, ks []int64) arrow.Array {
	cols := rowsOf(ks, func(int64) string { return "" })
	s := encodeKeys(key('r', t.id), cols[:1], len(ks))
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	for i := range ks {
		b.Append(s.at(i))
	}
	return b.NewArray()
}

// statement runs one as the engine does.
func statement(t testing.TB, table *Table, do func(w *Write) error) error {
	t.Helper()
	w, err := table.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Rollback()
	if err := do(w); err != nil {
		return err
	}
	if err := w.Check(OnConflict{}); err != nil {
		return err
	}
	return w.Commit()
}

func insert(t testing.TB, table *Table, ks []int64, v func(int64) string) error {
	return statement(t, table, func(w *Write) error { return w.Insert(rowsOf(ks, v), len(ks)) })
}

func text(s string) func(int64) string { return func(k int64) string { return fmt.Sprint(s, k) } }

// contents is the rows of a table.
func contents(t testing.TB, table *Table) map[int64]string {
	t.Helper()
	snap, err := table.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	scan, err := snap.Scan(table.Want([]int{0, 1}, table.layout.schema()), Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	out := map[int64]string{}
	for {
		rec, err := scan.Next(mem)
		if err == io.EOF {
			if table.Rows() != int64(len(out)) && table.key != nil {
				t.Errorf("%d rows where %d are counted", len(out), table.Rows())
			}
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(rec.NumRows()) {
			out[rec.Column(0).(*array.Int64).Value(i)] = rec.Column(1).ValueStr(i)
		}
		rec.Release()
	}
}

func TestAKeyThatIsThereIsAnErrorAndNothingIsWritten(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	if err := insert(t, table, []int64{3, 1, 2}, text("a")); err != nil {
		t.Fatal(err)
	}
	for _, ks := range [][]int64{{7, 2}, {8, 8}} {
		if err := insert(t, table, ks, text("b")); sqlerr.Code(err) != sqlerr.UniqueViolation {
			t.Errorf("inserting %v: %v", ks, err)
		}
	}
	want := map[int64]string{1: "a1", 2: "a2", 3: "a3"}
	if got := contents(t, table); !maps.Equal(got, want) {
		t.Errorf("the table holds %v", got)
	}
}

func TestKeysCanChangePlacesInOneUpdate(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	if err := insert(t, table, []int64{1, 2, 3}, text("a")); err != nil {
		t.Fatal(err)
	}
	err := statement(t, table, func(w *Write) error { // 1 ↔ 2
		return w.Update(keysOf(table, []int64{1, 2}), rowsOf([]int64{2, 1}, text("b")), 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = statement(t, table, func(w *Write) error {
		return w.Update(keysOf(table, []int64{1}), rowsOf([]int64{3}, text("c")), 1)
	})
	if sqlerr.Code(err) != sqlerr.UniqueViolation {
		t.Errorf("an update to a key that another row has: %v", err)
	}
	want := map[int64]string{1: "b1", 2: "b2", 3: "a3"}
	if got := contents(t, table); !maps.Equal(got, want) {
		t.Errorf("the table holds %v", got)
	}
}

func TestASnapshotStaysAsItWas(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	if err := insert(t, table, []int64{1, 2}, text("a")); err != nil {
		t.Fatal(err)
	}
	snap, err := table.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	if err := insert(t, table, []int64{3}, text("a")); err != nil {
		t.Fatal(err)
	}
	scan, err := snap.Scan(table.Want([]int{0}, types.Schema{{Name: "k", Type: types.Of(types.Int64)}}), Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	rec, err := scan.Next(memory.DefaultAllocator)
	if err != nil || rec.NumRows() != 2 {
		t.Errorf("the snapshot has %v, %v", rec, err)
	}
}

func TestADroppedTableIsGoneAndItsNameFree(t *testing.T) {
	fs := vfs.NewMem()
	s := openStore(t, fs)
	def := pairs(keyed)
	if err := s.Create(def); err != nil {
		t.Fatal(err)
	}
	old := handle(t, s, def)
	if err := insert(t, old, []int64{1}, text("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(def.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Begin(t.Context()); sqlerr.Code(err) != sqlerr.UndefinedTable {
		t.Errorf("writing to a table that was dropped: %v", err)
	}
	if err := s.Create(def); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, handle(t, s, def)); len(got) != 0 {
		t.Errorf("a new table holds %v", got)
	}
	if err := s.Keep(nil); err != nil { // as after a crash between catalog and store
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, fs)
	defer s.Close()
	if _, err := s.Table(def); sqlerr.Code(err) != sqlerr.UndefinedTable {
		t.Errorf("a table that the catalog does not have: %v", err)
	}
}

func TestATableThatWasMadeAnewIsNotTakenForTheOldOne(t *testing.T) {
	s, _ := fixture(t, pairs(keyed))
	if _, err := s.Table(pairs()); sqlerr.Code(err) != sqlerr.ObjectNotInPrereqState {
		t.Errorf("a table of other columns: %v", err)
	}
}

// TestACrashLeavesTheStatementsThatReturned cuts the power at random moments, also within a statement: what is there
// then is what the statements left that had returned, or that and all of the one that was at work.
func TestACrashLeavesTheStatementsThatReturned(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		crashRng := rand.New(rand.NewPCG(seed, 2))
		fs := vfs.NewCrashableMem()
		s := openStore(t, fs)
		def := pairs(keyed)
		if err := s.Create(def); err != nil {
			t.Fatal(err)
		}
		table := handle(t, s, def)
		if seed%2 == 1 { // with changes kept
			if err := table.startLog(); err != nil {
				t.Fatal(err)
			}
		}
		model := map[int64]string{}
		for range 25 {
			before := maps.Clone(model)
			clones := make(chan *vfs.MemFS, 1)
			go func() { // while the statement is at work, or before, or behind
				clones <- fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: crashRng.IntN(101), RNG: crashRng})
			}()
			if err := mutate(t, rng, table, model); err != nil {
				t.Fatal(err)
			}
			during := <-clones
			after := fs.CrashClone(vfs.CrashCloneCfg{}) // all that is synced and nothing else
			if got := crashed(t, during, def); !maps.Equal(got, before) && !maps.Equal(got, model) {
				t.Fatalf("seed %d: a crash within a statement left %v, neither %v nor %v", seed, got, before, model)
			}
			if got := crashed(t, after, def); !maps.Equal(got, model) {
				t.Fatalf("seed %d: a crash behind a statement left %v, not %v", seed, got, model)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func crashed(t *testing.T, fs vfs.FS, def *catalog.Table) map[int64]string {
	t.Helper()
	s := openStore(t, fs)
	defer s.Close()
	return contents(t, handle(t, s, def))
}

// mutate runs a random statement of up to 40 rows on a table and on its model.
func mutate(t testing.TB, rng *rand.Rand, table *Table, model map[int64]string) error {
	t.Helper()
	have := slices.Sorted(maps.Keys(model))
	rng.Shuffle(len(have), func(i, j int) { have[i], have[j] = have[j], have[i] })
	some := have[:min(len(have), rng.IntN(40))]
	v := text(fmt.Sprint(rng.IntN(1000), "-"))
	switch rng.IntN(10) {
	case 0, 1, 2:
		for _, k := range some {
			delete(model, k)
		}
		return statement(t, table, func(w *Write) error { return w.Delete(keysOf(table, some), len(some)) })
	case 3, 4, 5: // the keys move in a ring
		to := append(slices.Clone(some[min(1, len(some)):]), some[:min(1, len(some))]...)
		for _, k := range to {
			model[k] = v(k)
		}
		return statement(t, table, func(w *Write) error {
			return w.Update(keysOf(table, some), rowsOf(to, v), len(some))
		})
	case 6:
		if rng.IntN(3) == 0 {
			clear(model)
			w, err := table.Begin(t.Context())
			if err != nil {
				return err
			}
			return w.Truncate()
		}
	}
	var fresh []int64
	for range 1 + rng.IntN(40) {
		if k := rng.Int64N(200) - 100; model[k] == "" {
			model[k] = v(k)
			fresh = append(fresh, k)
		}
	}
	return insert(t, table, fresh, v)
}
