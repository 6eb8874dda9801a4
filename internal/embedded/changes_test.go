package embedded

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/sqlerr"
)

// follower replays a table's changes. It fails where they touch a row that is not as they say.
type follower struct {
	t       *testing.T
	table   *Table
	changes *Changes
	rows    map[int64]string
	mem     *memory.CheckedAllocator
	plain   int // batches of inserts alone
	mixed   int
}

func follow(t *testing.T, table *Table) *follower {
	f := &follower{t: t, table: table, rows: map[int64]string{}, mem: memory.NewCheckedAllocator(memory.DefaultAllocator)}
	f.open(nil)
	return f
}

func (f *follower) open(from *Place) {
	f.t.Helper()
	c, err := f.table.Changes(f.table.Want([]int{0, 1}, f.table.layout.schema()), Range{}, from, func() {})
	if err != nil {
		f.t.Fatal(err)
	}
	f.changes = c
}

// restart goes on from the place, as it is in a checkpoint, with a new reader.
func (f *follower) restart() {
	f.t.Helper()
	place, err := ParsePlace(f.changes.Place().String())
	if err != nil {
		f.t.Fatal(err)
	}
	f.close()
	f.open(&place)
}

func (f *follower) close() {
	if err := f.changes.Close(); err != nil {
		f.t.Error(err)
	}
}

// next replays one batch and reports whether there was one.
func (f *follower) next() bool {
	f.t.Helper()
	b, err := f.changes.Next(f.mem)
	if err != nil {
		f.t.Fatal(err)
	}
	if b == nil {
		return false
	}
	defer b.Release()
	if b.Ops == nil {
		f.plain++
	} else {
		f.mixed++
	}
	for i := range b.Len() {
		op := flow.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		k, v := b.Rec.Column(0).(*array.Int64).Value(i), b.Rec.Column(1).ValueStr(i)
		have, there := f.rows[k]
		switch {
		case op == flow.Insert && there:
			f.t.Fatalf("+I[%d, %s] where %s is", k, v, have)
		case op == flow.UpdateAfter && there:
			f.t.Fatalf("+U[%d, %s] where %s is", k, v, have)
		case (op == flow.Delete || op == flow.UpdateBefore) && have != v:
			f.t.Fatalf("%s[%d, %s] where %q is", op, k, v, have)
		}
		if op == flow.Delete || op == flow.UpdateBefore {
			delete(f.rows, k)
		} else {
			f.rows[k] = v
		}
	}
	return true
}

func (f *follower) all() {
	f.t.Helper()
	for f.next() {
	}
}

// TestChangesReplayToTheTable: a reader that starts at any time, stops at any batch and goes on from its place in text
// ends at the rows of the table.
func TestChangesReplayToTheTable(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 3))
		_, table := fixture(t, pairs(keyed))
		model := map[int64]string{}
		for range rng.IntN(10) {
			if err := mutate(t, rng, table, model); err != nil {
				t.Fatal(err)
			}
		}
		f := follow(t, table)
		for range 60 {
			switch rng.IntN(4) {
			case 0, 1:
				if err := mutate(t, rng, table, model); err != nil {
					t.Fatal(err)
				}
			case 2:
				f.next()
			case 3:
				f.restart()
			}
		}
		f.all()
		if !maps.Equal(f.rows, model) || !maps.Equal(contents(t, table), model) {
			t.Errorf("seed %d: replayed to %v\nthe table is %v\nit should be %v", seed, f.rows, contents(t, table), model)
		}
		if f.changes.Lag() != 0 {
			t.Errorf("lag %d at the end", f.changes.Lag())
		}
		f.close()
		f.mem.AssertSize(t, 0)
	}
}

// TestAReaderIsStoppedWithinASnapshot: the table has more rows than a batch, and changes in both parts, those that were
// read and those that were not, while nobody reads.
func TestAReaderIsStoppedWithinASnapshot(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	var ks []int64
	for k := range int64(3 * flow.BatchRows) {
		ks = append(ks, k)
	}
	if err := insert(t, table, ks, text("a")); err != nil {
		t.Fatal(err)
	}
	f := follow(t, table)
	f.next()
	if got := len(f.rows); got != flow.BatchRows {
		t.Fatalf("the first batch has %d rows", got)
	}
	some := []int64{5, 10, flow.BatchRows + 5, 2*flow.BatchRows + 5}
	if err := statement(t, table, func(w *Write) error { return w.Delete(keysOf(table, some), len(some)) }); err != nil {
		t.Fatal(err)
	}
	f.restart()
	all := ks[11:100]
	if err := statement(t, table, func(w *Write) error { return w.Update(keysOf(table, all), rowsOf(all, text("b")), len(all)) }); err != nil {
		t.Fatal(err)
	}
	f.all()
	if want := contents(t, table); !maps.Equal(f.rows, want) {
		t.Errorf("%d rows, not the table's %d", len(f.rows), len(want))
	}
	f.close()
}

func TestATableThatSawInsertsAloneGivesInsertsAlone(t *testing.T) {
	_, table := fixture(t, pairs())
	f := follow(t, table)
	defer f.close()
	for i := range int64(5) {
		if err := insert(t, table, []int64{2 * i, 2*i + 1}, text("a")); err != nil {
			t.Fatal(err)
		}
		f.all()
	}
	if f.mixed > 0 || len(f.rows) != 10 {
		t.Errorf("%d batches with changes, %d rows", f.mixed, len(f.rows))
	}
}

func TestAnAppendOnlyTableKeepsNoChanges(t *testing.T) {
	_, table := fixture(t, pairs(appendOnly))
	woken := 0
	f := follow(t, table)
	l := table.listen(func() { woken++ })
	defer table.forget(l)
	for i := range int64(4) {
		if err := insert(t, table, []int64{2 * i, 2*i + 1}, text("a")); err != nil {
			t.Fatal(err)
		}
		f.restart()
		f.all()
	}
	f.close()
	if len(f.rows) != 8 || f.mixed > 0 || woken != 4 || table.now().logged != 0 {
		t.Errorf("%d rows, woken %d times, logged %d", len(f.rows), woken, table.now().logged)
	}
}

func TestChangesThatAreNoLongerKept(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	f := follow(t, table)
	f.all()
	defer f.close()
	if err := insert(t, table, []int64{1}, text("a")); err != nil {
		t.Fatal(err)
	}
	table.mu.Lock()
	table.meta.logged = 9
	table.mu.Unlock()
	if _, err := f.changes.Next(f.mem); sqlerr.Code(err) != sqlerr.ObjectNotInPrereqState {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsStagedIsShownOnce(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	s := table.Stage()
	add := func(ks []int64, v string, ops []flow.Op) []byte {
		if err := s.Add(rowsOf(ks, text(v)), ops, len(ks)); err != nil {
			t.Fatal(err)
		}
		token, err := s.Prepare()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	first := add([]int64{1, 2}, "a", nil)
	second := add([]int64{2, 1}, "b", []flow.Op{flow.UpdateAfter, flow.Delete})
	if got := contents(t, table); len(got) > 0 {
		t.Errorf("shown before it was committed: %v", got)
	}
	third := add([]int64{7}, "c", nil)
	if err := table.Discard(third); err != nil {
		t.Fatal(err)
	}
	for _, token := range [][]byte{first, first, second, first, third} {
		if err := table.Apply(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := contents(t, table), (map[int64]string{2: "b2"}); !maps.Equal(got, want) {
		t.Errorf("the table holds %v", got)
	}
	if token, err := s.Prepare(); token != nil || err != nil {
		t.Errorf("nothing was added, but the token is %x, %v", token, err)
	}
}
