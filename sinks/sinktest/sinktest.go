// Package sinktest is the suite that every sink passes: what sinks.Sink promises, whatever the system behind it.
package sinktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats/json"
	"millrace/sinks"
	"millrace/sqlerr"
	"millrace/types"
)

// patience is how long the suite waits for what must happen.
const patience = 30 * time.Second

// Harness is a sink with what the suite needs to know of the system behind it.
type Harness struct {
	// Connector is what is tested.
	Connector sinks.Connector
	// Table makes a new and empty place with columns that are named and typed as given, and declares it. The first
	// column is the key, where the sink has one.
	Table func(t testing.TB, columns types.Schema) *catalog.Table
	// Rows is what somebody else sees in the table: each row as the texts of its columns with bars between, a NULL
	// as NULL (Row). The order is that of the system: rows of one key in the order in which they were written.
	Rows func(t testing.TB, table *catalog.Table) []string

	// AtOnce: rows may show before their epoch is committed, and stay when it is aborted.
	AtOnce bool
	// Repeats: after a crash rows may show more than once.
	Repeats bool
	// Types are the types of columns that the system can hold; nil: all.
	Types []types.Type
	// Stall, where it is not nil, makes the system take nothing until the function that it returns is called.
	Stall func(t testing.TB) (resume func())
	// Unreachable, where it is not nil, declares a table at an address that nobody answers, in which the text
	// SecretValue is the value of a secret option; Address is part of the error that Open then has to give.
	Unreachable func(t testing.TB) (table *catalog.Table, address string)
}

// SecretValue must not be in any error.
const SecretValue = "hunter2hunter2"

// Pair is the schema of most tests: a key and a number that counts up.
var Pair = types.Schema{{Name: "k", Type: types.Of(types.Text)}, {Name: "n", Type: types.Of(types.Int64)}}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, tc := range []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"rows show when their epoch is committed", rowsShow},
		{"an epoch without rows", emptyEpoch},
		{"a commit that is repeated changes nothing", commitTwice},
		{"another instance commits after a crash", commitByAnother},
		{"an aborted epoch does not show", aborted},
		{"rows of a key keep their order", keyOrder},
		{"a batch is only borrowed", borrowed},
		{"columns that are not given are NULL", someColumns},
		{"every type comes back", everyType},
		{"a slow system holds Write back", backPressure},
		{"a system that cannot be reached", unreachable},
		{"options and secrets", options},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, h) })
	}
}

// writer is an open sink.
type writer struct {
	t    testing.TB
	sink sinks.Sink
	mem  *memory.CheckedAllocator
	in   types.Schema
	ctx  context.Context
	open bool
}

// open opens a sink that writes the named columns, all where there are none.
func (h Harness) open(t testing.TB, table *catalog.Table, columns ...int) *writer {
	t.Helper()
	if len(columns) == 0 {
		for i := range table.Columns {
			columns = append(columns, i)
		}
	}
	w := &sinks.Write{Table: table, Columns: columns, Changes: h.Connector.Accepts(table), Mode: "test"}
	for _, c := range columns {
		w.In = append(w.In, table.Columns[c].Column)
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	if err := h.Connector.Check(table); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	s, err := h.Connector.Open(ctx, w, mem)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	out := &writer{t: t, sink: s, mem: mem, in: w.In, ctx: ctx, open: true}
	t.Cleanup(func() {
		out.close()
		cancel()
	})
	return out
}

func (w *writer) close() {
	if !w.open {
		return
	}
	w.open = false
	if err := w.sink.Close(); err != nil {
		w.t.Error(err)
	}
	w.mem.AssertSize(w.t, 0)
}

// write writes rows that are given as JSON objects.
func (w *writer) write(rows ...string) {
	w.t.Helper()
	b := Batch(w.t, w.mem, w.in, rows...)
	defer b.Release()
	if err := w.sink.Write(w.ctx, b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) prepare(epoch uint64) []byte {
	w.t.Helper()
	token, err := w.sink.Prepare(w.ctx, epoch)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *writer) commit(token []byte) {
	w.t.Helper()
	if err := w.sink.Commit(w.ctx, token); err != nil {
		w.t.Fatal(err)
	}
}

// Batch makes rows that are given as JSON objects into a batch.
func Batch(t testing.TB, mem memory.Allocator, schema types.Schema, rows ...string) *flow.Batch {
	t.Helper()
	dec, err := json.New().NewDecoder(schema, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Release()
	records := make([][]byte, len(rows))
	for i, r := range rows {
		records[i] = []byte(r)
	}
	if n, err := dec.Decode(records); err != nil {
		t.Fatalf("row %d: %v", n, err)
	}
	cols := dec.Take()
	rec := array.NewRecordBatch(schema.Arrow(), cols, int64(len(rows)))
	for _, c := range cols {
		c.Release()
	}
	return &flow.Batch{Rec: rec}
}

// Row is row i of rec as Harness.Rows shows it.
func Row(rec arrow.RecordBatch, schema types.Schema, i int) string {
	cells := make([]string, len(schema))
	for c := range cells {
		cells[c] = "NULL"
		if !rec.Column(c).IsNull(i) {
			cells[c] = string(types.AppendText(nil, rec.Column(c), i, schema[c].Type))
		}
	}
	return strings.Join(cells, "|")
}

func pair(k string, n int) string  { return fmt.Sprintf(`{"k":%q,"n":%d}`, k, n) }
func shown(k string, n int) string { return fmt.Sprintf("%s|%d", k, n) }

// expect compares what shows with rows, in any order; more than once only where rows may repeat.
func (h Harness) expect(t testing.TB, table *catalog.Table, want []string, repeats bool) {
	t.Helper()
	got := slices.Sorted(slices.Values(h.Rows(t, table)))
	if repeats {
		got = slices.Compact(got)
	}
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%d rows show: %.600q\nwant %d: %.600q", len(got), got, len(want), want)
	}
}

func rowsShow(t *testing.T, h Harness) {
	table := h.Table(t, Pair)
	w := h.open(t, table)
	var all []string
	for epoch := range 3 {
		for i := range 4 {
			n := 10*epoch + i
			w.write(pair(fmt.Sprint("k", n), n), pair(fmt.Sprint("l", n), -n))
			all = append(all, shown(fmt.Sprint("k", n), n), shown(fmt.Sprint("l", n), -n))
		}
		token := w.prepare(uint64(epoch + 1))
		if !h.AtOnce {
			h.expect(t, table, all[:8*epoch], false)
		}
		w.commit(token)
		h.expect(t, table, all, false)
	}
}

func emptyEpoch(t *testing.T, h Harness) {
	table := h.Table(t, Pair)
	w := h.open(t, table)
	w.commit(w.prepare(1))
	w.write(pair("a", 1))
	w.commit(w.prepare(2))
	w.commit(w.prepare(3))
	h.expect(t, table, []string{shown("a", 1)}, false)
}

func commitTwice(t *testing.T, h Harness) {
	table := h.Table(t, Pair)
	w := h.open(t, table)
	w.write(pair("a", 1), pair("b", 2))
	token := slices.Clone(w.prepare(1))
	w.commit(token)
	w.commit(token)
	h.expect(t, table, []string{shown("a", 1), shown("b", 2)}, false)
}

func commitByAnother(t *testing.T, h Harness) {
	table := h.Table(t, Pair)
	w := h.open(t, table)
	w.write(pair("a", 1))
	token := slices.Clone(w.prepare(1))
	w.write(pair("lost", 2)) // of an epoch that no checkpoint has
	w.close()
	again := h.open(t, table)
	again.commit(token)
	again.write(pair("lost", 2)) // the source goes on from the checkpoint
	again.commit(again.prepare(2))
	h.expect(t, table, []string{shown("a", 1), shown("lost", 2)}, h.Repeats)
}

func aborted(t *testing.T, h Harness) {
	table := h.Table(t, Pair)
	w := h.open(t, table)
	w.write(pair("a", 1))
	if err := w.sink.Abort(w.ctx, w.prepare(1)); err != nil {
		t.Fatal(err)
	}
	w.write(pair("b", 2))
	w.commit(w.prepare(2))
	want := []string{shown("b", 2)}
	if h.AtOnce {
		want = append(want, shown("a", 1))
	}
	h.expect(t, table, want, false)
}

func keyOrder(t *testing.T, h Harness) {
	if h.Connector.Accepts(h.Table(t, Pair)) != sinks.Appends {
		return // the newest row of a key is all that shows: rowsShow
	}
	table := h.Table(t, Pair)
	w := h.open(t, table)
	const keys, batches, each = 7, 20, 500
	n := 0
	for range batches {
		rows := make([]string, each)
		for i := range rows {
			rows[i] = pair(fmt.Sprint("k", n%keys), n)
			n++
		}
		w.write(rows...)
	}
	w.commit(w.prepare(1))
	last, count := map[string]int{}, 0
	for _, row := range h.Rows(t, table) {
		k, v, _ := strings.Cut(row, "|")
		at := 0
		if _, err := fmt.Sscan(v, &at); err != nil {
			t.Fatal(err)
		}
		if before, seen := last[k]; seen && at <= before {
			t.Fatalf("row %s comes behind %s|%d", row, k, before)
		}
		last[k] = at
		count++
	}
	if count != n {
		t.Errorf("%d rows show, %d were written", count, n)
	}
}

func borrowed(t *testing.T, h Harness) {
	table := h.Table(t, Pair)
	w := h.open(t, table)
	b := Batch(t, w.mem, w.in, pair("x", 0), pair("first", 1), pair("second", 2), pair("y", 3))
	part := &flow.Batch{Rec: b.Rec.NewSlice(1, 3)}
	if err := w.sink.Write(w.ctx, part); err != nil {
		t.Fatal(err)
	}
	part.Release()
	for c := range int(b.Rec.NumCols()) { // whoever looks again sees something else
		for _, buf := range b.Rec.Column(c).Data().Buffers() {
			if buf != nil {
				clear(buf.Bytes())
			}
		}
	}
	b.Release()
	w.commit(w.prepare(1))
	h.expect(t, table, []string{shown("first", 1), shown("second", 2)}, false)
}

func someColumns(t *testing.T, h Harness) {
	table := h.Table(t, append(slices.Clone(Pair), types.Column{Name: "more", Type: types.Of(types.Text)}))
	w := h.open(t, table, 2, 0) // not in the order of the table
	w.write(`{"more":"m","k":"a"}`)
	w.commit(w.prepare(1))
	h.expect(t, table, []string{"a|NULL|m"}, false)
}

// values are JSON values of types, by the names of their kinds or, for those with parameters, in SQL.
var values = map[string][]string{
	types.Of(types.Bool).String():                                     {`true`, `false`},
	types.Of(types.Int16).String():                                    {`-32768`, `32767`},
	types.Of(types.Int32).String():                                    {`-2147483648`, `2147483647`},
	types.Of(types.Int64).String():                                    {`-9223372036854775808`, `9223372036854775807`, `0`},
	types.Of(types.Float32).String():                                  {`0.1`, `-3.4028235e38`},
	types.Of(types.Float64).String():                                  {`0.1`, `1e-300`, `-1.7976931348623157e308`},
	types.DecimalOf(20, 4).String():                                   {`12345678901234.5678`, `-0.0001`, `0`},
	types.Of(types.Text).String():                                     {`"plain"`, `""`, `"Zoë \"quoted\" \\ 日本"`, `"one\ntwo"`},
	types.Of(types.Bytes).String():                                    {`"AAECA/8="`, `""`},
	types.Of(types.Date).String():                                     {`"2026-01-31"`, `"1969-12-31"`},
	types.Of(types.Time).String():                                     {`"13:05:00.000001"`, `"00:00:00"`},
	types.Of(types.Timestamp).String():                                {`"2026-01-31T13:05:00.123"`, `"1969-12-31T23:59:59"`},
	types.Of(types.TimestampTZ).String():                              {`"2026-01-31T13:05:00.123Z"`},
	types.Of(types.UUID).String():                                     {`"123e4567-e89b-12d3-a456-426614174000"`},
	types.Of(types.JSON).String():                                     {`{"a":[1,null]}`},
	types.ArrayOf(types.Of(types.Int64)).String():                     {`[1,2,3]`},
	types.ArrayOf(types.Of(types.Text)).String():                      {`["a","b c"]`},
	types.MapOf(types.Of(types.Text), types.Of(types.Int64)).String(): {`{"one":1}`},
	types.RowOf(types.Field{Name: "x", Type: types.Of(types.Int64)}, types.Field{Name: "y", Type: types.Of(types.Text)}).String(): {`{"x":1,"y":"z"}`},
}

// AllTypes are the types that the suite has values of.
func AllTypes() []types.Type {
	all := []types.Type{types.DecimalOf(20, 4)}
	for _, k := range types.Kinds() {
		switch k {
		case types.Decimal, types.Interval, types.Array, types.Map, types.Row: // INTERVAL is nothing that records hold
		default:
			all = append(all, types.Of(k))
		}
	}
	return append(all, types.ArrayOf(types.Of(types.Int64)), types.ArrayOf(types.Of(types.Text)), types.MapOf(types.Of(types.Text), types.Of(types.Int64)),
		types.RowOf(types.Field{Name: "x", Type: types.Of(types.Int64)}, types.Field{Name: "y", Type: types.Of(types.Text)}))
}

func everyType(t *testing.T, h Harness) {
	list := h.Types
	if list == nil {
		list = AllTypes()
	}
	schema := types.Schema{{Name: "k", Type: types.Of(types.Text)}}
	rows := 0
	for i, typ := range list {
		vals, ok := values[typ.String()]
		if !ok {
			t.Fatalf("the suite has no values of type %s", typ)
		}
		rows = max(rows, len(vals))
		schema = append(schema, types.Column{Name: fmt.Sprintf("c%d", i), Type: typ})
	}
	table := h.Table(t, schema)
	w := h.open(t, table)
	var in []string
	for r := range rows + 1 { // the last row is all NULL
		row := fmt.Sprintf(`{"k":"k%d"`, r)
		for i, typ := range list {
			if vals := values[typ.String()]; r < rows {
				row += fmt.Sprintf(`,"c%d":%s`, i, vals[r%len(vals)])
			}
		}
		in = append(in, row+"}")
	}
	b := Batch(t, w.mem, w.in, in...)
	defer b.Release()
	var want []string
	for i := range in {
		want = append(want, Row(b.Rec, w.in, i))
	}
	if err := w.sink.Write(w.ctx, b); err != nil {
		t.Fatal(err)
	}
	w.commit(w.prepare(1))
	h.expect(t, table, want, false)
}

func backPressure(t *testing.T, h Harness) {
	if h.Stall == nil {
		return
	}
	table := h.Table(t, Pair)
	w := h.open(t, table)
	resume := h.Stall(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	enough := errors.New("the test has seen enough")
	value := strings.Repeat("x", 10_000)
	b := Batch(t, w.mem, w.in, slices.Repeat([]string{pair(value, 1)}, 1000)...)
	defer b.Release()
	blocked := time.AfterFunc(2*time.Second, func() { cancel(enough) }) // nothing else tells that Write waits
	defer blocked.Stop()
	written := 0
	var err error
	for written < 1000 { // 10 GB would be no back pressure
		if err = w.sink.Write(ctx, b); err != nil {
			break
		}
		written++
	}
	if !errors.Is(err, enough) {
		t.Errorf("%d batches of 10 MB were written to a system that takes nothing; then: %v", written, err)
	}
	resume()
	w.commit(w.prepare(1))
	rows := len(h.Rows(t, table))
	if least := written * 1000; rows < least || !h.Repeats && rows > least+1000 {
		t.Errorf("%d rows show, %d were written", rows, least)
	}
}

func unreachable(t *testing.T, h Harness) {
	if h.Unreachable == nil {
		return
	}
	table, address := h.Unreachable(t)
	w := &sinks.Write{Table: table, Mode: "test"}
	for i, c := range table.Columns {
		w.Columns, w.In = append(w.Columns, i), append(w.In, c.Column)
	}
	start := time.Now()
	_, err := h.Connector.Open(context.Background(), w, memory.DefaultAllocator)
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
}
