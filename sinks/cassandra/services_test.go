//go:build services

package cassandra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/catalog"
	"millrace/flow"
	"millrace/internal/testkit"
	"millrace/sinks"
	"millrace/sqlerr"
	"millrace/types"
)

// remote is a keyspace of the real node with one table, named totals.
type remote struct {
	t        *testing.T
	session  *gocql.Session
	keyspace string
}

// newRemote makes the table with the columns and the key in CQL, "k text PRIMARY KEY, v int".
func newRemote(t *testing.T, columns string) *remote {
	s, ks := testkit.Keyspace(t)
	testkit.Exec(t, s, fmt.Sprintf("CREATE TABLE %s.totals (%s)", ks, columns))
	return &remote{t, s, ks}
}

func (r *remote) declare(keys int, fields []field, options ...string) *catalog.Table {
	return declare(keys, fields, append([]string{"hosts", testkit.Cassandra(r.t), "keyspace", r.keyspace}, options...)...)
}

// open opens the sink of a table; it ends with the test.
func (r *remote) open(table *catalog.Table) (*sink, types.Schema) {
	r.t.Helper()
	w := writeOf(table)
	s, err := New().Open(r.t.Context(), w, memory.NewGoAllocator())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			r.t.Error(err)
		}
	})
	return s.(*sink), w.In
}

// write sends rows of JSON and waits until they are safe.
func (r *remote) write(s sinks.Sink, schema types.Schema, ops []flow.Op, rows ...string) {
	r.t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(r.t, 0)
	b := batch(r.t, schema, mem, ops, rows...)
	err := s.Write(r.t.Context(), b)
	b.Release() // the sink keeps nothing of it
	if err != nil {
		r.t.Fatal(err)
	}
	if token, err := s.Prepare(r.t.Context(), 1); err != nil || token != nil {
		r.t.Fatalf("token %q, %v", token, err)
	}
}

// rows gives the table as Cassandra itself writes it in JSON, sorted.
func (r *remote) rows() []string {
	r.t.Helper()
	it := r.session.Query(fmt.Sprintf("SELECT JSON * FROM %s.totals", r.keyspace)).Iter()
	var all []string
	for row := ""; it.Scan(&row); {
		all = append(all, row)
	}
	if err := it.Close(); err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func (r *remote) want(rows ...string) {
	r.t.Helper()
	got := r.rows()
	if strings.Join(got, "\n") != strings.Join(rows, "\n") {
		r.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
	}
}

func (r *remote) count() int {
	r.t.Helper()
	var n int
	if err := r.session.Query(fmt.Sprintf("SELECT count(*) FROM %s.totals", r.keyspace)).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestEveryTypeArrives(t *testing.T) {
	integer := types.Of(types.Int32)
	address := types.RowOf(types.Field{Name: "no", Type: integer}, types.Field{Name: "street", Type: text})
	cases := []struct {
		cql  string
		sql  types.Type
		json string // as our JSON format reads it
		want string // as Cassandra writes it
	}{
		{"boolean", types.Of(types.Bool), "true", "true"},
		{"tinyint", types.Of(types.Int16), "-128", "-128"},
		{"smallint", types.Of(types.Int16), "-32768", "-32768"},
		{"int", integer, "-2147483648", "-2147483648"},
		{"bigint", int64s, "-9223372036854775808", "-9223372036854775808"},
		{"varint", int64s, "-129", "-129"},
		{"varint", types.DecimalOf(38, 0), "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
		{"float", types.Of(types.Float32), "1.5", "1.5"},
		{"double", types.Of(types.Float64), "-0.1", "-0.1"},
		{"decimal", types.DecimalOf(10, 2), "-12.50", "-12.50"},
		{"text", text, `"grün \"x\""`, `"grün \"x\""`},
		{"text", text, `""`, `""`},
		{"ascii", text, `"plain"`, `"plain"`},
		{"text", types.Of(types.JSON), `{"a":1}`, `"{\"a\":1}"`},
		{"inet", text, `"10.0.0.1"`, `"10.0.0.1"`},
		{"blob", types.Of(types.Bytes), `"AP8="`, `"0x00ff"`},
		{"date", types.Of(types.Date), `"1969-12-31"`, `"1969-12-31"`},
		{"time", types.Of(types.Time), `"13:05:00.000001"`, `"13:05:00.000001000"`},
		{"timestamp", types.Of(types.Timestamp), `"2026-01-31T13:05:00.123999"`, `"2026-01-31 13:05:00.123Z"`},
		{"timestamp", types.Of(types.TimestampTZ), `"2026-01-31T13:05:00.5+02:00"`, `"2026-01-31 11:05:00.500Z"`},
		{"uuid", types.Of(types.UUID), `"123e4567-e89b-42d3-a456-426614174000"`, `"123e4567-e89b-42d3-a456-426614174000"`},
		{"timeuuid", types.Of(types.UUID), `"123e4567-e89b-12d3-a456-426614174000"`, `"123e4567-e89b-12d3-a456-426614174000"`},
		{"list<int>", types.ArrayOf(integer), "[3,1,2]", "[3, 1, 2]"},
		{"set<text>", types.ArrayOf(text), `["b","a"]`, `["a", "b"]`},
		{"frozen<list<frozen<set<int>>>>", types.ArrayOf(types.ArrayOf(integer)), "[[2,1],[]]", "[[1, 2], []]"},
		{"map<text, bigint>", types.MapOf(text, int64s), `{"b":2,"a":1}`, `{"a": 1, "b": 2}`},
		{"address", address, `{"no":7,"street":"x"}`, `{"street": "x", "no": 7, "zip": null}`},
		{"list<frozen<address>>", types.ArrayOf(address), `[{"no":7,"street":"x"}]`, `[{"street": "x", "no": 7, "zip": null}]`},
		{"list<frozen<tuple<int, text>>>", types.ArrayOf(address), `[{"no":7,"street":"x"}]`, `[[7, "x"]]`},
	}
	s, ks := testkit.Keyspace(t)
	testkit.Exec(t, s, fmt.Sprintf("CREATE TYPE %s.address (street text, no int, zip text)", ks))
	fields := []field{{"k", integer}}
	columns, row := "k int PRIMARY KEY", `{"k":1`
	for i, tc := range cases {
		name := fmt.Sprintf("c%02d", i)
		fields = append(fields, field{name, tc.sql})
		columns += fmt.Sprintf(", %s %s", name, tc.cql)
		row += fmt.Sprintf(`,%q:%s`, name, tc.json)
	}
	testkit.Exec(t, s, fmt.Sprintf("CREATE TABLE %s.totals (%s)", ks, columns))
	r := &remote{t, s, ks}
	sink, schema := r.open(r.declare(1, fields))
	r.write(sink, schema, nil, row+"}", `{"k":2}`)
	for i, tc := range cases {
		t.Run(tc.sql.String()+" as "+tc.cql, func(t *testing.T) {
			var got string
			if err := s.Query(fmt.Sprintf("SELECT toJson(c%02d) FROM %s.totals WHERE k = 1", i, ks)).Scan(&got); err != nil || got != tc.want {
				t.Errorf("%s arrived as %s, want %s (%v)", tc.json, got, tc.want, err)
			}
			var null *string
			if err := s.Query(fmt.Sprintf("SELECT toJson(c%02d) FROM %s.totals WHERE k = 2", i, ks)).Scan(&null); err != nil || null != nil && *null != "null" {
				t.Errorf("NULL arrived as %v (%v)", null, err)
			}
		})
	}
}

func TestTheLastRowOfAKeyWins(t *testing.T) {
	r := newRemote(t, "k text, c bigint, v bigint, w bigint, PRIMARY KEY (k, c)")
	sink, schema := r.open(r.declare(2, []field{{"k", text}, {"c", int64s}, {"v", int64s}, {"w", int64s}}, "batch_rows", "3"))
	var rows []string
	for i := range 1000 { // many versions of few rows, in many batches that are on their way at once
		rows = append(rows, fmt.Sprintf(`{"k":"k%d","c":%d,"v":%d}`, i%2, i%4, i))
	}
	r.write(sink, schema, nil, rows...)
	r.write(sink, schema, nil, rows[len(rows)-4:]...) // written twice is written once
	r.write(sink, schema, nil, `{"k":"k0","c":0,"w":7}`)
	got := strings.Join(r.rows(), "\n")
	for _, want := range []string{
		`{"k": "k0", "c": 0, "v": 996, "w": 7}`, // a NULL left v as it was
		`{"k": "k0", "c": 2, "v": 998, "w": null}`, `{"k": "k1", "c": 1, "v": 997, "w": null}`, `{"k": "k1", "c": 3, "v": 999, "w": null}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwithout %s", got, want)
		}
	}
	if n := len(r.rows()); n != 4 {
		t.Errorf("%d rows", n)
	}
}

func TestNullsMakeNoTombstones(t *testing.T) {
	r := newRemote(t, "k bigint PRIMARY KEY, v bigint, w bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", int64s}, {"v", int64s}, {"w", int64s}}))
	r.write(sink, schema, nil, `{"k":1,"v":1}`, `{"k":2}`)
	r.want(`{"k": 1, "v": 1, "w": null}`, `{"k": 2, "v": null, "w": null}`)
	// A cell that was written as NULL would be a newer write than this one of the past.
	testkit.Exec(t, r.session, fmt.Sprintf("UPDATE %s.totals USING TIMESTAMP 1 SET w = 5 WHERE k = 1", r.keyspace))
	r.want(`{"k": 1, "v": 1, "w": 5}`, `{"k": 2, "v": null, "w": null}`)
}

func TestDeletesRemoveRowsInTheOrderOfTheQuery(t *testing.T) {
	r := newRemote(t, "k bigint, c bigint, v bigint, PRIMARY KEY (k, c)")
	sink, schema := r.open(r.declare(2, []field{{"k", int64s}, {"c", int64s}, {"v", int64s}}))
	r.write(sink, schema, []flow.Op{flow.Insert, flow.Delete, flow.Insert, flow.Insert, flow.Delete, flow.UpdateBefore, flow.UpdateAfter},
		`{"k":1,"c":1,"v":1}`, `{"k":1,"c":1,"v":1}`, `{"k":1,"c":1,"v":2}`, `{"k":1,"c":2,"v":1}`, `{"k":1,"c":2}`, `{"k":1,"c":3,"v":1}`, `{"k":1,"c":3,"v":2}`)
	r.want(`{"k": 1, "c": 1, "v": 2}`, `{"k": 1, "c": 3, "v": 2}`)
	r.write(sink, schema, []flow.Op{flow.Delete}, `{"k":1,"c":1}`)
	r.want(`{"k": 1, "c": 3, "v": 2}`)
}

func TestRowsWithATTLEnd(t *testing.T) {
	r := newRemote(t, "k bigint PRIMARY KEY, v bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", int64s}, {"v", int64s}}, "ttl", "2 hours"))
	r.write(sink, schema, nil, `{"k":1,"v":1}`)
	var ttl int
	if err := r.session.Query(fmt.Sprintf("SELECT ttl(v) FROM %s.totals WHERE k = 1", r.keyspace)).Scan(&ttl); err != nil || ttl < 7000 || ttl > 7200 {
		t.Errorf("ttl %d, %v", ttl, err)
	}
}

func TestNamesInCapitalsAndReservedOnes(t *testing.T) {
	r := newRemote(t, `"Select" bigint, "a ""b""" bigint, "token" bigint, PRIMARY KEY (("Select", "a ""b"""))`)
	sink, schema := r.open(r.declare(2, []field{{"Select", int64s}, {`a "b"`, int64s}, {"token", int64s}}))
	r.write(sink, schema, nil, `{"Select":1,"a \"b\"":2,"token":3}`)
	r.want(`{"\"Select\"": 1, "a \"b\"": 2, "token": 3}`)
}

func TestTablesThatDoNotFitAreRefusedWhenOpened(t *testing.T) {
	r := newRemote(t, "k text, c bigint, v int, tup tuple<int, int>, PRIMARY KEY (k, c)")
	testkit.Exec(t, r.session, fmt.Sprintf("CREATE TABLE %s.counters (k text PRIMARY KEY, n counter)", r.keyspace))
	k, c, v := field{"k", text}, field{"c", int64s}, field{"v", types.Of(types.Int32)}
	pair := types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int32)}, types.Field{Name: "b", Type: types.Of(types.Int32)})
	for _, tc := range []struct {
		name    string
		table   *catalog.Table
		columns []int // that the query writes; nil: all
		code    string
		message string
		hint    string
	}{
		{"no such keyspace", declare(1, []field{k}, "hosts", testkit.Cassandra(t), "keyspace", r.keyspace+"x"), nil, sqlerr.InvalidCatalogName, "does not exist in Cassandra at " + testkit.Cassandra(t), `Did you mean "` + r.keyspace + `"?`},
		{"no such table", r.declare(2, []field{k, c, v}, "table", "total"), nil, sqlerr.UndefinedTable, `table "total" does not exist`, `Did you mean "totals"? To create it: CREATE TABLE ` + r.keyspace + ".total (k text, c bigint, v int, PRIMARY KEY (k, c));"},
		{"no such column", r.declare(2, []field{k, c, {"w", int64s}}), nil, sqlerr.UndefinedColumn, `has no column "w"`, "There are: c, k, tup, v."},
		{"another type", r.declare(2, []field{k, c, {"v", text}}), nil, sqlerr.DatatypeMismatch, `column "v" is TEXT, but int in table`, "Declare it as INT"},
		{"another key", r.declare(1, []field{k, c, v}), nil, sqlerr.InvalidDefinition, `the primary key of table "totals" is (k), but (k, c)`, "PRIMARY KEY (k, c)"},
		{"a key column that is not written", r.declare(2, []field{k, c, v}), []int{0, 2}, sqlerr.NotNullViolation, `column "c" is part of the primary key`, "(k, c)"},
		{"a counter", r.declare(1, []field{k, {"n", int64s}}, "table", "counters"), nil, sqlerr.FeatureNotSupported, "a counter", "bigint"},
		{"a tuple", r.declare(2, []field{k, c, {"tup", pair}}), nil, sqlerr.FeatureNotSupported, "a tuple<int, int>", "user-defined type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := writeOf(tc.table)
			if tc.columns != nil {
				w.Columns, w.In = tc.columns, nil
				for _, i := range tc.columns {
					w.In = append(w.In, tc.table.Columns[i].Column)
				}
			}
			_, err := New().Open(t.Context(), w, memory.NewGoAllocator())
			var e *sqlerr.Error
			if !errors.As(err, &e) || e.Code != tc.code || !strings.Contains(e.Message, tc.message) || !strings.Contains(e.Hint, tc.hint) {
				t.Errorf("got %v\n%+v", err, e)
			}
		})
	}
}

func TestWhatTheServerRefusesNamesTheRow(t *testing.T) {
	r := newRemote(t, "k text PRIMARY KEY, v bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", text}, {"v", int64s}}))
	b := batch(t, schema, memory.NewGoAllocator(), nil, `{"k":"","v":1}`) // Cassandra takes no empty partition key
	defer b.Release()
	if err := sink.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	_, err := sink.Prepare(t.Context(), 1)
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != sqlerr.ForeignData || !strings.Contains(e.Message, r.keyspace+".totals") || !strings.Contains(e.Detail, `k = ""`) {
		t.Errorf("got %v, %+v", err, e)
	}
	if err := sink.Write(t.Context(), b); err == nil {
		t.Error("a sink that failed takes rows")
	}
}

// rowsOf makes n rows of a partition each, from number from on.
func rowsOf(from, n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"k":%d,"v":%d}`, from+i, from+i)
	}
	return rows
}

// TestAPausedNodeHoldsWritesBackAndLosesNothing stops the node's process for as long as some writes have timed out.
func TestAPausedNodeHoldsWritesBackAndLosesNothing(t *testing.T) {
	const batches, rows, slots = 10, 200, 16
	r := newRemote(t, "k bigint PRIMARY KEY, v bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", int64s}, {"v", int64s}}, "request.timeout", "500ms", "concurrency", fmt.Sprint(slots)))
	r.write(sink, schema, nil, rowsOf(0, rows)...)

	testkit.Service(t, "cassandra", "pause", "1")
	resumed := false
	resume := func() {
		if !resumed {
			resumed = true
			testkit.Service(t, "cassandra", "resume", "1")
		}
	}
	t.Cleanup(resume)

	var written atomic.Int64 // batches that Write has taken
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for i := 1; i < batches; i++ {
			b := batch(t, schema, memory.NewGoAllocator(), nil, rowsOf(i*rows, rows)...)
			err := sink.Write(ctx, b)
			b.Release()
			if err != nil {
				done <- err
				return
			}
			written.Add(1)
		}
		_, err := sink.Prepare(ctx, 1)
		done <- err
	}()
	testkit.Eventually(t, 30*time.Second, "writes are repeated", func() bool { return sink.retries.Load() > slots })
	if n := written.Load(); n > 0 {
		t.Errorf("Write took %d batches of %d rows with %d writes on their way to a node that does not answer", n, rows, slots)
	}
	select {
	case err := <-done:
		t.Fatalf("ended while the node was paused: %v", err)
	default:
	}
	resume()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("not written a minute after the node went on")
	}
	if n := r.count(); n != batches*rows {
		t.Errorf("%d rows, want %d", n, batches*rows)
	}
}

func TestANodeThatStaysAwayIsAnErrorAfterTheTimeToRetry(t *testing.T) {
	r := newRemote(t, "k bigint PRIMARY KEY, v bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", int64s}, {"v", int64s}}, "request.timeout", "200ms", "retry.timeout", "1s"))
	r.write(sink, schema, nil, `{"k":1,"v":1}`)
	testkit.Service(t, "cassandra", "pause", "1")
	defer testkit.Service(t, "cassandra", "resume", "1")
	b := batch(t, schema, memory.NewGoAllocator(), nil, `{"k":2,"v":2}`)
	defer b.Release()
	if err := sink.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	_, err := sink.Prepare(t.Context(), 1)
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != sqlerr.ConnectionFailure || !strings.Contains(e.Detail, "k = 2") || e.Hint == "" {
		t.Errorf("got %v, %+v", err, e)
	}
}

func TestCancellingAPrepareEndsIt(t *testing.T) {
	r := newRemote(t, "k bigint PRIMARY KEY, v bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", int64s}, {"v", int64s}}, "request.timeout", "200ms"))
	testkit.Service(t, "cassandra", "pause", "1")
	defer testkit.Service(t, "cassandra", "resume", "1")
	b := batch(t, schema, memory.NewGoAllocator(), nil, `{"k":2,"v":2}`)
	defer b.Release()
	if err := sink.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the job stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := sink.Prepare(ctx, 1)
		ended <- err
	}()
	testkit.Eventually(t, 20*time.Second, "the write is repeated", func() bool { return sink.retries.Load() > 0 })
	cancel(cause)
	select {
	case err := <-ended:
		if !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Prepare goes on waiting")
	}
}

func TestRateLimitHoldsRowsBack(t *testing.T) {
	r := newRemote(t, "k bigint PRIMARY KEY, v bigint")
	sink, schema := r.open(r.declare(1, []field{{"k", int64s}, {"v", int64s}}, "rate_limit", "100"))
	start := time.Now()
	r.write(sink, schema, nil, rowsOf(0, 50)...)
	if took := time.Since(start); took < 490*time.Millisecond {
		t.Errorf("50 rows took %s at 100 a second", took)
	}
	if n := r.count(); n != 50 {
		t.Errorf("%d rows", n)
	}
}

// BenchmarkWrite gives rows a second, and how many a batch holds on the way.
func BenchmarkWrite(b *testing.B) {
	for _, perPartition := range []int{1, 100} {
		b.Run(fmt.Sprintf("rows_a_partition=%d", perPartition), func(b *testing.B) {
			s, ks := testkit.Keyspace(b)
			testkit.Exec(b, s, fmt.Sprintf("CREATE TABLE %s.totals (k bigint, c bigint, v bigint, w text, PRIMARY KEY (k, c))", ks))
			w := writeOf(declare(2, []field{{"k", int64s}, {"c", int64s}, {"v", int64s}, {"w", text}}, "hosts", testkit.Cassandra(b), "keyspace", ks))
			sink, err := New().Open(b.Context(), w, memory.NewGoAllocator())
			if err != nil {
				b.Fatal(err)
			}
			defer sink.Close()
			rows := make([]string, flow.BatchRows)
			for i := range rows {
				rows[i] = fmt.Sprintf(`{"k":%d,"c":%d,"v":%d,"w":"some text of a row"}`, i/perPartition, i%perPartition, i)
			}
			batch := batch(b, w.In, memory.NewGoAllocator(), nil, rows...)
			defer batch.Release()
			b.ResetTimer()
			for range b.N {
				if err := sink.Write(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				if _, err := sink.Prepare(b.Context(), 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*len(rows))/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
