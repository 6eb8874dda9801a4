package cassandra

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats/json"
	"millrace/internal/cassandra"
	"millrace/sinks"
	"millrace/sqlerr"
	"millrace/types"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && cassandra.Stuck() == 0 { // those are the driver's goroutines: see cassandra.Close
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// field is a column of a test's table.
type field struct {
	name string
	typ  types.Type
}

var (
	text   = types.Of(types.Text)
	int64s = types.Of(types.Int64)
)

// declare makes a table of the catalog; its first keys columns are the primary key.
func declare(keys int, fields []field, options ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "totals"}, Options: map[string]catalog.Option{"connector": {Value: "cassandra"}}}
	for i, f := range fields {
		t.Columns = append(t.Columns, catalog.Column{Column: types.Column{Name: f.name, Type: f.typ}, Pos: sqlerr.At(i)})
	}
	for i := range keys {
		t.PrimaryKey = append(t.PrimaryKey, i)
	}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = catalog.Option{Value: options[i+1]}
	}
	return t
}

// writeOf is a query that writes all columns of a table.
func writeOf(t *catalog.Table) *sinks.Write {
	w := &sinks.Write{Table: t, In: t.Schema(), Changes: sinks.Upserts}
	for i := range t.Columns {
		w.Columns = append(w.Columns, i)
	}
	return w
}

// batch makes rows of JSON objects, with ops if there are any.
func batch(t testing.TB, s types.Schema, mem memory.Allocator, ops []flow.Op, rows ...string) *flow.Batch {
	t.Helper()
	dec, err := json.New().NewDecoder(s, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Release()
	records := make([][]byte, len(rows))
	for i, r := range rows {
		records[i] = []byte(r)
	}
	if _, err := dec.Decode(records); err != nil {
		t.Fatal(err)
	}
	cols := dec.Take()
	rec := array.NewRecordBatch(s.Arrow(), cols, int64(len(rows)))
	for _, c := range cols {
		c.Release()
	}
	return &flow.Batch{Rec: rec, Ops: ops}
}

// planOf is the plan of a table (k text, c bigint, v text), partitioned by k.
func planOf(t *testing.T) (*plan, types.Schema) {
	t.Helper()
	table := declare(2, []field{{"k", text}, {"c", int64s}, {"v", text}})
	w := writeOf(table)
	p, err := newPlan(w, &cassandra.Table{Keyspace: "ks", Name: "totals", Partition: []int{0}, Clustering: []int{1},
		Columns: []cassandra.Column{{Name: "k", Type: cassandra.Type{Name: "text"}}, {Name: "c", Type: cassandra.Type{Name: "bigint"}}, {Name: "v", Type: cassandra.Type{Name: "text"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return p, w.In
}

func TestStatementsNameKeyspaceTableAndKey(t *testing.T) {
	p, _ := planOf(t)
	if want := `INSERT INTO "ks"."totals" ("k", "c", "v") VALUES (?, ?, ?) USING TIMESTAMP ?`; p.insert != want {
		t.Errorf("got %s", p.insert)
	}
	if want := `DELETE FROM "ks"."totals" USING TIMESTAMP ? WHERE "k" = ? AND "c" = ?`; p.delete != want {
		t.Errorf("got %s", p.delete)
	}
	p.statements(90 * time.Second)
	if !strings.HasSuffix(p.insert, "USING TIMESTAMP ? AND TTL 90") || strings.Contains(p.delete, "TTL") {
		t.Errorf("got %s and %s", p.insert, p.delete)
	}
}

// writesOf cuts a block into writes, each as the rows' values of c.
func writesOf(bl *block, rowsMax, bytesMax int) [][]string {
	var all [][]string
	for rest := bl.rows; len(rest) > 0; {
		var rows []int32
		rows, rest = bl.next(rest, rowsMax, bytesMax)
		var one []string
		for _, r := range rows {
			one = append(one, cassandra.Type{Name: "bigint"}.Text(bl.cells[1].At(int(r))))
		}
		all = append(all, one)
	}
	return all
}

func TestRowsOfOnePartitionGoTogetherInTheirOrder(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	p, schema := planOf(t)
	b := batch(t, schema, mem, nil, `{"k":"a","c":1}`, `{"k":"b","c":2}`, `{"k":"a","c":3}`, `{"k":"a","c":4,"v":"0123456789"}`, `{"k":"b","c":5}`, `{"k":"a","c":6}`)
	defer b.Release()
	for _, tc := range []struct {
		name              string
		rowsMax, bytesMax int
		want              string
	}{
		{"whole partitions", 100, 1000, "1 3 4 6|2 5"},
		{"as many rows as a batch takes", 2, 1000, "1 3|4 6|2 5"},
		{"as many bytes", 100, 20, "1 3|4|6|2 5"},
		{"a row larger than a batch goes alone", 100, 1, "1|3|4|6|2|5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bl := new(block)
			if err := bl.encode(p, b, 1000); err != nil {
				t.Fatal(err)
			}
			writes := writesOf(bl, tc.rowsMax, tc.bytesMax)
			if writes[0][0] != "1" { // which partition comes first is up to the hash
				for i := range writes {
					if writes[i][0] == "1" {
						writes = append(writes[i:len(writes):len(writes)], writes[:i]...)
						break
					}
				}
			}
			var parts []string
			for _, w := range writes {
				parts = append(parts, strings.Join(w, " "))
			}
			if got := strings.Join(parts, "|"); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			for i := range 6 {
				if got, want := (cassandra.Type{Name: "bigint"}).Text(bl.stamps.At(i)), []string{"1000", "1001", "1002", "1003", "1004", "1005"}[i]; got != want {
					t.Errorf("row %d has timestamp %s, not %s", i, got, want)
				}
			}
		})
	}
}

func TestArgumentsOfAWriteFollowItsStatements(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	p, schema := planOf(t)
	b := batch(t, schema, mem, []flow.Op{flow.Insert, flow.UpdateBefore, flow.UpdateAfter, flow.Delete},
		`{"k":"a","c":1,"v":""}`, `{"k":"a","c":1,"v":"old"}`, `{"k":"a","c":1}`, `{"k":"a","c":2}`)
	defer b.Release()
	bl := new(block)
	if err := bl.encode(p, b, 5); err != nil {
		t.Fatal(err)
	}
	rows, rest := bl.next(bl.rows, 100, 1000)
	if len(rows) != 3 || len(rest) != 0 {
		t.Fatalf("rows %v and %v: the row before an update is written", rows, rest)
	}
	w := &write{block: bl, rows: rows}
	for range 2 { // a write is used again
		w.bind(p)
		types := []string{"text", "bigint", "text", "bigint" /**/, "text", "bigint", "text", "bigint" /**/, "bigint", "text", "bigint"}
		want := []string{`"a"`, "1", `""`, "5" /**/, `"a"`, "1", "unset", "7" /**/, "8", `"a"`, "2"}
		if len(w.args) != len(want) {
			t.Fatalf("%d arguments, want %d", len(w.args), len(want))
		}
		for i, a := range w.args {
			got := "unset"
			if c, ok := a.(*cell); ok {
				got = cassandra.Type{Name: types[i]}.Text(*c)
			}
			if got != want[i] {
				t.Errorf("argument %d is %s, want %s", i, got, want[i])
			}
		}
	}
	if got := w.where(p); got != `k = "a", c = 1, or one of 2 more of its partition` {
		t.Errorf("got %s", got)
	}
}

func TestNullsThatAreNotAllowedAreErrors(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	p, schema := planOf(t)
	p.columns[2].notNull = true
	for _, tc := range []struct {
		name string
		ops  []flow.Op
		row  string
		want string
	}{
		{"in the key", nil, `{"k":"a","v":"x"}`, `column "c" of table ks.totals is part of the primary key`},
		{"in the key of a row to delete", []flow.Op{flow.Delete}, `{"k":"a","v":"x"}`, "part of the primary key"},
		{"in a column that is NOT NULL", nil, `{"k":"a","c":1}`, "is NOT NULL, but the query gives NULL"},
		{"but not in one of a row to delete", []flow.Op{flow.Delete}, `{"k":"a","c":1}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := batch(t, schema, mem, tc.ops, tc.row)
			defer b.Release()
			err := new(block).encode(p, b, 1)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tc.want) || sqlerr.Code(err) != sqlerr.NotNullViolation {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestTimestampsRiseWhateverTheClockDoes(t *testing.T) {
	s := &sink{stamp: time.Now().Add(time.Hour).UnixMicro()} // the clock was set back by an hour
	last := s.stamp
	for range 3 {
		first := s.stamps(10)
		if first != last+1 {
			t.Errorf("first %d, last %d", first, last)
		}
		last = first + 9
	}
}

type answer struct {
	gocql.RequestError
	code int
}

func (a answer) Code() int     { return a.code }
func (a answer) Error() string { return "answer" }

func TestErrorsThatMayPassAreToldFromThoseThatStay(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{gocql.ErrTimeoutNoResponse, true},
		{gocql.ErrConnectionClosed, true},
		{gocql.ErrNoConnections, true},
		{errors.New("write: broken pipe"), true},
		{answer{code: gocql.ErrCodeWriteTimeout}, true},
		{answer{code: gocql.ErrCodeOverloaded}, true},
		{answer{code: gocql.ErrCodeUnavailable}, true},
		{answer{code: gocql.ErrCodeInvalid}, false},
		{answer{code: gocql.ErrCodeUnauthorized}, false},
		{answer{code: gocql.ErrCodeSyntax}, false},
		{gocql.ErrSessionClosed, false},
	} {
		if got := transient(tc.err); got != tc.want {
			t.Errorf("%v: %t", tc.err, got)
		}
	}
}

func TestPaceLetsThroughWhatItSays(t *testing.T) {
	p := pace{perSecond: 100}
	start := time.Now()
	for range 3 { // the first goes at once, the third 2 * 10 rows later
		if err := p.wait(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 200*time.Millisecond {
		t.Errorf("20 rows took %s at 100 a second", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTableWithoutPrimaryKeyIsRefused(t *testing.T) {
	err := New().Check(declare(0, []field{{"k", text}}, "hosts", "h", "keyspace", "ks"))
	var e *sqlerr.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "no PRIMARY KEY") || e.Hint == "" {
		t.Errorf("got %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		ok          bool
	}{
		{"ttl", "7 days", true}, {"ttl", "500ms", false}, {"ttl", "1.5s", false}, {"ttl", "30000 days", false},
		{"concurrency", "0", false}, {"batch_rows", "10", true}, {"rate_limit", "-1", false}, {"retry.timeout", "1 minute", true},
	} {
		err := catalog.CheckOptions(declare(1, []field{{"k", text}}, "hosts", "h", "keyspace", "ks", tc.name, tc.value), New().Options())
		if (err == nil) != tc.ok {
			t.Errorf("%s = %q: %v", tc.name, tc.value, err)
		}
	}
}
