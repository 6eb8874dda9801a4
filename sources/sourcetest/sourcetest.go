// Package sourcetest is the suite that every source passes: what sources.Source and sources.Reader promise, whatever
// the system behind them.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

// patience is how long the suite waits for what must come.
const patience = 30 * time.Second

// Harness is a source with what the suite needs to know of the system behind it.
type Harness struct {
	// Connector is what is tested.
	Connector sources.Connector
	// Table makes a new place with so many splits, and declares it with the columns of Pair. It is read from its first
	// row on.
	Table func(t testing.TB, splits int) *catalog.Table
	// Write puts rows, given as JSON objects of the columns of Pair, behind those of a split, by its number from 0.
	// They are there when it returns.
	Write func(t testing.TB, table *catalog.Table, split int, rows ...string)
	// Split is the id of a split by its number.
	Split func(table *catalog.Table, split int) string

	// Ends: tables end as they are when they are opened, whether a query is bounded or not.
	Ends bool
	// Spoil, where it is not nil, writes a record that cannot be decoded behind the rows of a split.
	Spoil func(t testing.TB, table *catalog.Table, split int)
	// Grow, where it is not nil, gives a table one more split.
	Grow func(t testing.TB, table *catalog.Table)
	// Unreachable, where it is not nil, declares a table at an address that nobody answers, in which the text
	// SecretValue is the value of a secret option; address is part of the error that Open then has to give.
	Unreachable func(t testing.TB) (table *catalog.Table, address string)
}

// SecretValue must not be in any error.
const SecretValue = "hunter2hunter2"

// Pair is the columns of the suite's tables.
var Pair = types.Schema{{Name: "k", Type: types.Of(types.Text)}, {Name: "n", Type: types.Of(types.Int64)}}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, tc := range []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"a split is read in order and to its end", inOrder},
		{"a reader resumes at every position", resume},
		{"columns that are not wanted are left out", projection},
		{"a bounded read ends where it was opened", bounded},
		{"an idle reader is woken", idle},
		{"a record that cannot be decoded", badRecord},
		{"a split that comes later", grown},
		{"closing in the middle", closing},
		{"a context that has ended", cancelled},
		{"a system that cannot be reached", unreachable},
		{"options and secrets", options},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, h) })
	}
}

// input is an open table.
type input struct {
	t    testing.TB
	h    Harness
	src  sources.Source
	scan *sources.Scan
	mem  *memory.CheckedAllocator
	open bool
}

// open opens a table for some of its columns.
func (h Harness) open(t testing.TB, table *catalog.Table, isBounded bool, columns ...int) *input {
	t.Helper()
	if err := h.Connector.Check(table); err != nil {
		t.Fatal(sqlerr.Render(err, "", ""))
	}
	got := h.Connector.Push(table, sources.Pushdown{Columns: columns})
	if !slices.Equal(got.Columns, columns) {
		t.Fatalf("of columns %v the connector produces %v", columns, got.Columns)
	}
	in := &input{t: t, h: h, mem: memory.NewCheckedAllocator(memory.NewGoAllocator()), open: true}
	in.scan = &sources.Scan{Table: table, Pushdown: sources.Pushdown{Columns: columns}, Bounded: isBounded}
	var err error
	if in.src, err = h.Connector.Open(context.Background(), in.scan, in.mem); err != nil {
		t.Fatal(sqlerr.Render(err, "", ""))
	}
	t.Cleanup(in.close)
	return in
}

func (in *input) close() {
	if !in.open {
		return
	}
	in.open = false
	if err := in.src.Close(); err != nil {
		in.t.Error(err)
	}
	in.mem.AssertSize(in.t, 0)
}

// reader is a reader with the rows that it has given.
type reader struct {
	in   *input
	r    sources.Reader
	woke chan struct{}
	rows []string
	done bool
}

func (in *input) reader(split int, from sources.Position) *reader {
	in.t.Helper()
	rd := &reader{in: in, woke: make(chan struct{}, 1)}
	wake := func() {
		select {
		case rd.woke <- struct{}{}:
		default:
		}
	}
	var err error
	if rd.r, err = in.src.Open(context.Background(), sources.Split{ID: in.h.Split(in.scan.Table, split)}, from, wake); err != nil {
		in.t.Fatal(sqlerr.Render(err, "", ""))
	}
	if pos := rd.r.Position(); pos == "" || from != "" && pos != from {
		in.t.Errorf("opened at %q, the reader stands at %q", from, pos)
	}
	in.t.Cleanup(rd.close)
	return rd
}

func (rd *reader) close() {
	if rd.done {
		return
	}
	rd.done = true
	if err := rd.r.Close(); err != nil {
		rd.in.t.Error(err)
	}
}

// step calls Next once: rows are added to those there are, a bad record as "! place". It returns how many came.
func (rd *reader) step() (int, error) {
	b, err := rd.r.Next(context.Background())
	var bad *sources.BadRecord
	switch {
	case errors.As(err, &bad):
		if bad.Where == "" || bad.Err == nil {
			rd.in.t.Errorf("a bad record with no place or reason: %+v", bad)
		}
		rd.rows = append(rd.rows, "!")
		return 1, nil
	case err != nil || b == nil:
		return 0, err
	}
	defer b.Release()
	if b.Len() == 0 || int(b.Rec.NumCols()) != len(rd.in.scan.Columns) {
		rd.in.t.Fatalf("a batch of %d rows and %d columns", b.Len(), b.Rec.NumCols())
	}
	schema := rd.in.scan.In()
	for i := range b.Len() {
		cells := make([]string, len(schema))
		for c := range cells {
			cells[c] = "NULL"
			if !b.Rec.Column(c).IsNull(i) {
				cells[c] = string(types.AppendText(nil, b.Rec.Column(c), i, schema[c].Type))
			}
		}
		rd.rows = append(rd.rows, strings.Join(cells, "|"))
	}
	return b.Len(), nil
}

// read reads until there are n rows, or, with n -1, until the end. each is called behind every step that brought rows.
func (rd *reader) read(n int, each func()) {
	rd.in.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for n < 0 || len(rd.rows) < n {
		came, err := rd.step()
		switch {
		case err == io.EOF && n < 0:
			return
		case err != nil:
			rd.in.t.Fatalf("%v behind %d rows", err, len(rd.rows))
		case came > 0:
			if each != nil {
				each()
			}
			continue
		}
		select {
		case <-rd.woke:
		case <-limit.C:
			rd.in.t.Fatalf("nothing comes behind %d rows, at %s", len(rd.rows), rd.r.Position())
		}
	}
}

// expect compares the rows read.
func (rd *reader) expect(want []string) {
	rd.in.t.Helper()
	if !slices.Equal(rd.rows, want) {
		rd.in.t.Errorf("%d rows: %.500q\nwant %d: %.500q", len(rd.rows), rd.rows, len(want), want)
	}
}

// numbers are rows from first on, and how they show.
func numbers(first, n int) (rows, shown []string) {
	for i := first; i < first+n; i++ {
		rows = append(rows, fmt.Sprintf(`{"k":"key %d","n":%d}`, i%7, i))
		shown = append(shown, fmt.Sprintf("key %d|%d", i%7, i))
	}
	return rows, shown
}

func inOrder(t *testing.T, h Harness) {
	table := h.Table(t, 3)
	const n = 20_000 // several batches
	want := make([][]string, 3)
	for split := range want {
		for from := 0; from < n; from += n / 4 {
			rows, shown := numbers(split*n+from, n/4)
			h.Write(t, table, split, rows...)
			want[split] = append(want[split], shown...)
		}
	}
	in := h.open(t, table, true, 0, 1)
	splits, err := in.src.Splits(context.Background())
	if err != nil || len(splits) != 3 {
		t.Fatalf("splits %v, %v", splits, err)
	}
	var readers []*reader
	for split := range want {
		if id := h.Split(table, split); !slices.Contains(splits, sources.Split{ID: id}) {
			t.Errorf("split %s is not among %v", id, splits)
		}
		readers = append(readers, in.reader(split, ""))
	}
	for split, rd := range readers {
		rd.read(-1, nil)
		rd.expect(want[split])
		if lag := rd.r.Lag(); lag > 0 {
			t.Errorf("at the end %d records are left", lag)
		}
		if _, err := rd.step(); err != io.EOF {
			t.Errorf("behind the end: %v", err)
		}
	}
}

func resume(t *testing.T, h Harness) {
	table := h.Table(t, 1)
	const pieces, each = 40, 250
	var want []string
	for p := range pieces {
		rows, shown := numbers(p*each, each)
		h.Write(t, table, 0, rows...)
		want = append(want, shown...)
	}
	in := h.open(t, table, true, 0, 1)
	rd := in.reader(0, "")
	type mark struct {
		at   sources.Position
		rows int
	}
	marks := []mark{{rd.r.Position(), 0}}
	rd.read(-1, func() { marks = append(marks, mark{rd.r.Position(), len(rd.rows)}) })
	marks = append(marks, mark{rd.r.Position(), len(rd.rows)}) // that of the end
	for _, m := range marks {
		again := in.reader(0, m.at)
		again.read(-1, nil)
		again.expect(want[m.rows:])
		again.close()
	}
	in.closeBehind(rd)
	in = h.open(t, table, true, 0, 1) // also by a source that has not seen the position
	rd = in.reader(0, marks[len(marks)/2].at)
	rd.read(-1, nil)
	rd.expect(want[marks[len(marks)/2].rows:])
}

// closeBehind closes the source behind its readers.
func (in *input) closeBehind(readers ...*reader) {
	for _, rd := range readers {
		rd.close()
	}
	in.close()
}

func projection(t *testing.T, h Harness) {
	table := h.Table(t, 1)
	rows, shown := numbers(0, 1000)
	h.Write(t, table, 0, rows...)
	for _, columns := range [][]int{{0}, {1}, {1, 0}, {}} {
		rd := h.open(t, table, true, columns...).reader(0, "")
		rd.read(-1, nil)
		var want []string
		for _, row := range shown {
			cells := strings.Split(row, "|")
			picked := make([]string, len(columns))
			for i, c := range columns {
				picked[i] = cells[c]
			}
			want = append(want, strings.Join(picked, "|"))
		}
		rd.expect(want)
	}
}

func bounded(t *testing.T, h Harness) {
	table := h.Table(t, 2)
	rows, shown := numbers(0, 100)
	h.Write(t, table, 0, rows...)
	in := h.open(t, table, true, 0, 1)
	if h.Ends && !h.Connector.Bounded(table) {
		t.Error("the connector does not know that its tables end")
	}
	if !h.Ends {
		more, _ := numbers(100, 100)
		h.Write(t, table, 0, more...)
		h.Write(t, table, 1, more...)
	}
	full, empty := in.reader(0, ""), in.reader(1, "")
	empty.read(-1, nil)
	empty.expect(nil)
	full.read(-1, nil)
	full.expect(shown)
}

func idle(t *testing.T, h Harness) {
	if h.Ends {
		return
	}
	table := h.Table(t, 2)
	in := h.open(t, table, false, 0, 1)
	a, b := in.reader(0, ""), in.reader(1, "")
	var want []string
	for i := range 5 {
		for _, rd := range []*reader{a, b} {
			if came, err := rd.step(); came != 0 || err != nil {
				t.Fatalf("%d rows, %v where there are none", came, err)
			}
		}
		rows, shown := numbers(i*10, 10)
		h.Write(t, table, 0, rows...)
		want = append(want, shown...)
		a.read(len(want), nil)
	}
	a.expect(want)
	b.expect(nil)
	limit := time.Now().Add(patience)
	for a.r.Lag() != 0 { // the system may tell only now that there is no more
		if time.Now().After(limit) {
			t.Fatalf("all was read, the lag is %d", a.r.Lag())
		}
		if came, err := a.step(); came != 0 || err != nil {
			t.Fatalf("%d rows, %v", came, err)
		}
		select {
		case <-a.woke:
		case <-time.After(10 * time.Millisecond): // nothing wakes for a lag alone
		}
	}
}

func badRecord(t *testing.T, h Harness) {
	if h.Spoil == nil {
		return
	}
	table := h.Table(t, 1)
	before, shown := numbers(0, 10)
	behind, more := numbers(10, 10)
	h.Spoil(t, table, 0)
	h.Write(t, table, 0, before...)
	h.Spoil(t, table, 0)
	h.Spoil(t, table, 0)
	h.Write(t, table, 0, behind...)
	want := slices.Concat([]string{"!"}, shown, []string{"!", "!"}, more)
	in := h.open(t, table, true, 0, 1)
	rd := in.reader(0, "")
	at := map[int]sources.Position{0: rd.r.Position()}
	rd.read(-1, func() { at[len(rd.rows)] = rd.r.Position() })
	rd.expect(want)
	for n, pos := range at { // a bad record is one of the records that a position counts
		again := in.reader(0, pos)
		again.read(-1, nil)
		again.expect(want[n:])
	}
}

func grown(t *testing.T, h Harness) {
	if h.Grow == nil {
		return
	}
	table := h.Table(t, 1)
	in := h.open(t, table, false, 0, 1)
	first := in.reader(0, "")
	if _, err := first.step(); err != nil {
		t.Fatal(err)
	}
	h.Grow(t, table)
	rows, shown := numbers(0, 10)
	h.Write(t, table, 1, rows...) // before anybody knows of the split
	limit := time.Now().Add(patience)
	for {
		splits, err := in.src.Splits(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(splits) == 2 {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("splits %v", splits)
		}
	}
	rd := in.reader(1, "")
	rd.read(10, nil)
	rd.expect(shown)
}

// closing: with rows fetched and not read, with rows read and not all, and with nothing there.
func closing(t *testing.T, h Harness) {
	table := h.Table(t, 3)
	rows, _ := numbers(0, 50_000)
	h.Write(t, table, 0, rows...)
	h.Write(t, table, 1, rows...)
	in := h.open(t, table, false, 0, 1)
	a, b, c := in.reader(0, ""), in.reader(1, ""), in.reader(2, "")
	a.read(1, nil)
	for _, rd := range []*reader{b, c} {
		if _, err := rd.step(); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	in.closeBehind(a, b, c)
}

func cancelled(t *testing.T, h Harness) {
	table := h.Table(t, 1)
	in := h.open(t, table, false, 0, 1)
	rd := in.reader(0, "")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	start := time.Now()
	b, err := rd.r.Next(ctx)
	if b != nil || err != nil && !errors.Is(err, context.Canceled) && err != io.EOF || time.Since(start) > patience/2 {
		t.Errorf("%v, %v after %s", b, err, time.Since(start))
	}
	if s, err := h.Connector.Open(ctx, in.scan, in.mem); err == nil { // one that does no I/O does not notice
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func unreachable(t *testing.T, h Harness) {
	if h.Unreachable == nil {
		return
	}
	table, address := h.Unreachable(t)
	start := time.Now()
	_, err := h.Connector.Open(context.Background(), &sources.Scan{Table: table, Pushdown: sources.Pushdown{Columns: []int{0}}}, memory.DefaultAllocator)
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("it took %s to find out", took)
	}
	var e *sqlerr.Error
	if !errors.As(err, &e) || !strings.Contains(sqlerr.Render(err, "", ""), address) || e.Hint == "" {
		t.Errorf("error %v does not name %s, or has no hint", err, address)
	}
	if e != nil && strings.Contains(sqlerr.Render(e, "", "")+fmt.Sprintf("%+v", e), SecretValue) {
		t.Errorf("the error tells a secret: %+v", e)
	}
}

func options(t *testing.T, h Harness) {
	seen := map[string]bool{}
	for _, o := range h.Connector.Options() {
		if o.Name == "" || o.Doc == "" || seen[o.Name] {
			t.Errorf("option %q has no name, no words in the manual, or is there twice", o.Name)
		}
		seen[o.Name] = true
		if o.Default != "" && o.Parse != nil && o.Parse(o.Default) != nil {
			t.Errorf("option %q refuses its own default %q", o.Name, o.Default)
		}
		secret := strings.Contains(o.Name, "password") || strings.Contains(o.Name, "secret")
		if secret && !o.Secret {
			t.Errorf("option %q is not marked as a secret", o.Name)
		}
	}
	for _, c := range h.Connector.Metadata() {
		if c.Name == "" || c.Type.Kind == types.Unknown {
			t.Errorf("metadata %+v has no name or no type", c)
		}
	}
}
