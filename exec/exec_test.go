package exec

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/sqlerr"
	"millrace/types"
)

// bids is what most tests read.
var bids = types.Schema{
	{Name: "channel", Type: types.Of(types.Text)},
	{Name: "price", Type: types.Of(types.Int64)},
	{Name: "good", Type: types.Of(types.Bool)},
}

func col(s types.Schema, name string) expr.Expr {
	i := s.Index(name)
	return expr.NewColumn(i, name, s[i].Type, 0)
}

// byColumns files rows by the hash of columns.
func byColumns(columns ...int) flowtest.Option {
	return flowtest.Keyed(func(_ int, rec arrow.RecordBatch) []uint64 {
		var keys []arrow.Array
		for _, c := range columns {
			keys = append(keys, rec.Column(c))
		}
		return agg.HashColumns(keys, nil)
	})
}

// failing is an expression that cannot be evaluated.
type failing struct{ *expr.Column }

var errFailing = errors.New("this expression fails")

func (failing) Eval(*expr.Ctx, arrow.RecordBatch) (arrow.Array, error) { return nil, errFailing }

// number is a constant.
type number struct {
	*expr.Column
	n int64
}

func constant(n int64) expr.Expr {
	return number{expr.NewColumn(0, fmt.Sprint(n), types.Of(types.Int64), 0), n}
}

func (c number) Eval(ctx *expr.Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	b := array.NewInt64Builder(ctx.Mem)
	defer b.Release()
	for range rec.NumRows() {
		b.Append(c.n)
	}
	return b.NewArray(), nil
}

// open opens a spec for a test and closes it at its end.
func open(t *testing.T, tc *flow.TaskContext, s flow.OperatorSpec) flow.Operator {
	t.Helper()
	op, err := s.Open(tc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := op.Close(); err != nil {
			t.Error(err)
		}
	})
	return op
}

func batch(t *testing.T, tc *flow.TaskContext, s types.Schema, rows ...string) *flow.Batch {
	t.Helper()
	b := &flow.Batch{Rec: flowtest.Record(t, tc.Mem, s, rows...)}
	t.Cleanup(b.Release)
	return b
}

func TestFilterPassesOnWhatIsTrue(t *testing.T) {
	flowtest.Check(t, Filter{Where: col(bids, "good")}, []types.Schema{bids}, `
		a | 1 | true
		b | 2 | false
		c | 3 | NULL
		d | 4 | true
		> a | 1 | true
		> d | 4 | true
		watermark 12:00:00
		> watermark 12:00:00
		e | 5 | false
		- a | 1 | true
		- b | 2 | false
		> - a | 1 | true
		h | 8 | true
		> h | 8 | true
		end
		> watermark 9223372036854775807
	`)
}

func TestFilterKeepsMarksWithTheirRows(t *testing.T) {
	tc := flowtest.Context(t)
	op := open(t, tc, Filter{Where: col(bids, "good")})
	b := batch(t, tc, bids, "a | 1 | true", "b | 2 | false", "c | 3 | true")
	b.Marks = []flow.Time{10, 20, 30}
	var out flowtest.Collector
	defer out.Release()
	if err := op.Process(0, b, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.Batches[0].Marks; !slices.Equal(got, []flow.Time{10, 30}) {
		t.Errorf("marks %v", got)
	}
}

func TestFilterOfAnUpdateLeavesADeleteOrAnInsert(t *testing.T) {
	ops := []flow.Op{flow.UpdateBefore, flow.UpdateAfter, flow.UpdateBefore, flow.UpdateAfter, flow.UpdateBefore, flow.UpdateAfter, flow.UpdateBefore}
	for _, tc := range []struct {
		rows []int32
		want string
	}{
		{[]int32{0, 1, 2, 3}, "[-U +U -U +U]"},
		{[]int32{0, 3}, "[-D +I]"},
		{[]int32{1, 2}, "[+I -D]"},
		{[]int32{1, 4, 5}, "[+I -U +U]"},
		{[]int32{6}, "[-U]"},
	} {
		if got := fmt.Sprint(selectedOps(ops, tc.rows)); got != tc.want {
			t.Errorf("rows %v of %v: %s, want %s", tc.rows, ops, got, tc.want)
		}
	}
}

func TestProject(t *testing.T) {
	out := types.Schema{{Name: "p", Type: types.Of(types.Int64)}, {Name: "c", Type: types.Of(types.Text)}, {Name: "one", Type: types.Of(types.Int64)}}
	spec := Project{Exprs: []expr.Expr{col(bids, "price"), col(bids, "channel"), constant(1)}, Out: out}
	flowtest.Check(t, spec, []types.Schema{bids}, `
		a | 1 | true
		b | NULL | false
		u- b | NULL | false
		u+ b | 2 | false
		> 1 | a | 1
		> NULL | b | 1
		> u- NULL | b | 1
		> u+ 2 | b | 1
		watermark 12:00:00
		> watermark 12:00:00
	`, flowtest.Output(out))
	if got := spec.Describe().Attrs[0].Value; got != "[price AS p, channel AS c, 1 AS one]" {
		t.Errorf("described as %s", got)
	}

	tc := flowtest.Context(t)
	b := batch(t, tc, bids, "a | 1 | true")
	b.Marks = []flow.Time{10}
	var got flowtest.Collector
	defer got.Release()
	if err := open(t, tc, spec).Process(0, b, &got); err != nil || !slices.Equal(got.Batches[0].Marks, b.Marks) {
		t.Errorf("marks %v, %v", got.Batches[0].Marks, err)
	}
	bad := Project{Exprs: []expr.Expr{constant(1), failing{}}, Out: out[1:]}
	if err := open(t, tc, bad).Process(0, b, &got); !errors.Is(err, errFailing) {
		t.Errorf("an expression that fails: %v", err)
	}
}

func TestLimit(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec Limit
		rows string
	}{
		{"the first two", Limit{N: 2}, `
			a | 1 | true
			b | 2 | true
			c | 3 | true
			> a | 1 | true
			> b | 2 | true
			flush
			d | 4 | true`},
		{"two behind two", Limit{N: 2, Offset: 2}, `
			a | 1 | true
			watermark 12:00:00
			> watermark 12:00:00
			b | 2 | true
			c | 3 | true
			> c | 3 | true
			flush
			d | 4 | true
			e | 5 | true
			> d | 4 | true`},
		{"all behind one", Limit{N: NoLimit, Offset: 1}, `
			a | 1 | true
			b | 2 | true
			> b | 2 | true
			flush
			c | 3 | true
			> c | 3 | true`},
		{"limits that would overflow", Limit{N: 1<<63 - 1, Offset: 1}, `
			a | 1 | true
			b | 2 | true
			> b | 2 | true
			flush
			c | 3 | true
			> c | 3 | true`},
	} {
		t.Run(tc.name, func(t *testing.T) { flowtest.Check(t, tc.spec, []types.Schema{bids}, tc.rows) })
	}
	tc := flowtest.Context(t)
	var out flowtest.Collector
	if err := open(t, tc, Limit{N: 0}).Process(0, batch(t, tc, bids, "a | 1 | true"), &out); err != nil || len(out.Batches) > 0 {
		t.Errorf("LIMIT 0 gives %v, %v", out.Rows(), err)
	}
}

func TestUnionWaitsForTheSlowestInput(t *testing.T) {
	flowtest.Check(t, Union{Inputs: 2}, []types.Schema{bids, bids}, `
		[0] a | 1 | true
		> a | 1 | true
		[0] watermark 12:00:10
		[1] - a | 1 | true
		> - a | 1 | true
		[1] watermark 12:00:05
		> watermark 12:00:05
		[1] watermark 12:00:20
		> watermark 12:00:10
		end
		> watermark 12:00:20
		> watermark 9223372036854775807
	`)
}

func TestValuesComeOnce(t *testing.T) {
	out := types.Schema{{Name: "a", Type: types.Of(types.Int64)}, {Name: "b", Type: types.Of(types.Int64)}}
	spec := Values{Rows: [][]expr.Expr{{constant(1), constant(2)}, {constant(3), constant(4)}}, Out: out}
	tc := flowtest.Context(t)
	var state flowtest.State
	var got flowtest.Collector
	op := open(t, tc, spec)
	for i, mark := range []flow.Time{5, flow.MaxTime} {
		w, err := op.Watermark(0, mark, &got)
		if want := []flow.Time{flow.MinTime, flow.MaxTime}[i]; err != nil || w != want {
			t.Errorf("watermark %s makes %s, %v", mark, w, err)
		}
	}
	if rows := got.Take(); !slices.Equal(rows, []string{"1 | 2", "3 | 4"}) {
		t.Errorf("rows %q", rows)
	}
	if err := op.Snapshot(&state); err != nil {
		t.Fatal(err)
	}
	again := *tc
	again.State = state.Reader(0, 1)
	if _, err := open(t, &again, spec).Watermark(0, flow.MaxTime, &got); err != nil || len(got.Batches) > 0 {
		t.Errorf("after a restart %q, %v", got.Rows(), err)
	}
	if err := state.Release(); err != nil {
		t.Error(err)
	}

	none := Values{Rows: [][]expr.Expr{{}}, Out: types.Schema{}}
	if _, err := open(t, tc, none).Watermark(0, flow.MaxTime, &got); err != nil || len(got.Batches) != 1 || got.Batches[0].Len() != 1 {
		t.Errorf("SELECT without FROM reads %d batches, %v", len(got.Batches), err)
	}
	got.Release()
	bad := Values{Rows: [][]expr.Expr{{constant(1), failing{}}}, Out: out}
	if _, err := open(t, tc, bad).Watermark(0, flow.MaxTime, &got); !errors.Is(err, errFailing) {
		t.Errorf("an expression that fails: %v", err)
	}
}

func TestSort(t *testing.T) {
	flowtest.Check(t, Sort{By: []Order{{Expr: col(bids, "price"), Desc: true}, {Expr: col(bids, "channel")}}}, []types.Schema{bids}, `
		b | 1 | true
		a | 1 | true
		NULL | 7 | true
		x | NULL | false
		a | 7 | false
		watermark 12:00:00
		a | 1 | false
		a | -3 | true
		barrier
		end
		> a | 7 | false
		> NULL | 7 | true
		> a | 1 | true
		> a | 1 | false
		> b | 1 | true
		> a | -3 | true
		> x | NULL | false
		> watermark 9223372036854775807
	`)
}

func TestTopN(t *testing.T) {
	flowtest.Check(t, TopN{By: []Order{{Expr: col(bids, "price"), NullsFirst: true}}, N: 3, Offset: 1}, []types.Schema{bids}, `
		b | 5 | true
		a | 4 | true
		c | NULL | true
		watermark 12:00:00
		d | 4 | true
		e | 9 | true
		barrier
		f | 4 | true
		end
		> a | 4 | true
		> d | 4 | true
		> f | 4 | true
		> watermark 9223372036854775807
	`)
}

func TestDistinct(t *testing.T) {
	flowtest.Check(t, Distinct{In: bids}, []types.Schema{bids}, `
		a | 1 | true
		a | 1 | true
		> a | 1 | true
		watermark 12:00:00
		> watermark 12:00:00
		a | 2 | true
		NULL | 1 | true
		a | 1 | NULL
		> a | 2 | true
		> NULL | 1 | true
		> a | 1 | NULL
		barrier
		NULL | 1 | true
		a | 1 | NULL
		end
		> watermark 9223372036854775807
	`, byColumns(0, 1, 2))
}

func TestDistinctOfNoColumnsIsOneRow(t *testing.T) {
	tc := flowtest.Context(t)
	op := open(t, tc, Distinct{})
	empty := arrow.NewSchema(nil, nil)
	var out flowtest.Collector
	defer out.Release()
	for _, n := range []int64{0, 3, 2} {
		rec := array.NewRecordBatch(empty, nil, n)
		if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
		rec.Release()
	}
	if len(out.Batches) != 1 || out.Batches[0].Len() != 1 {
		t.Errorf("%d batches", len(out.Batches))
	}
}

func TestOperatorsThatNeedInsertsSaySo(t *testing.T) {
	by := []Order{{Expr: col(bids, "price")}}
	for _, tc := range []struct {
		name string
		spec flow.OperatorSpec
	}{
		{"LIMIT", Limit{N: 1}},
		{"ORDER BY", Sort{By: by}},
		{"ORDER BY", TopN{By: by, N: 1}},
		{"DISTINCT", Distinct{In: bids}},
		{"GROUP BY in two phases", grouped(t, Partial)},
	} {
		ctx := flowtest.Context(t)
		b := batch(t, ctx, bids, "a | 1 | true")
		b.Ops = []flow.Op{flow.Delete}
		err := open(t, ctx, tc.spec).Process(0, b, &flowtest.Collector{})
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != sqlerr.FeatureNotSupported || !strings.HasPrefix(e.Message, tc.name+" ") || e.Hint == "" {
			t.Errorf("%T: %v", tc.spec, err)
		}
	}
}

func TestOperatorsKeepToTheMemoryLimit(t *testing.T) {
	by := []Order{{Expr: col(bids, "price")}}
	for _, spec := range []flow.OperatorSpec{Sort{By: by}, TopN{By: by, N: 1}, Distinct{In: bids}, grouped(t, Complete)} {
		ctx := flowtest.Context(t)
		ctx.Budget = &flowtest.Budget{Limit: 1}
		err := open(t, ctx, spec).Process(0, batch(t, ctx, bids, "a | 1 | true"), &flowtest.Collector{})
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != sqlerr.OutOfMemory || !errors.Is(err, flowtest.ErrBudget) ||
			!strings.Contains(e.Message, "memory_limit") || !strings.Contains(e.Message, " BY") && !strings.Contains(e.Message, "DISTINCT") {
			t.Errorf("%T: %v", spec, err)
		}
	}
}

func TestOperatorsThatNeedAllRowsAreAlone(t *testing.T) {
	by := []Order{{Expr: col(bids, "price")}}
	whole := grouped(t, Complete)
	whole.Keys, whole.Out = nil, whole.Out[1:]
	for _, spec := range []flow.OperatorSpec{Limit{N: 1}, Sort{By: by}, TopN{By: by, N: 1}, Values{}, whole} {
		ctx := flowtest.Context(t)
		ctx.Parallelism = 2
		if _, err := spec.Open(ctx); sqlerr.Code(err) != sqlerr.Internal {
			t.Errorf("%T: %v", spec, err)
		}
	}
}

func TestOrderByJSONIsRefused(t *testing.T) {
	e := expr.NewColumn(0, "j", types.Of(types.JSON), sqlerr.At(3))
	for _, spec := range []flow.OperatorSpec{Sort{By: []Order{{Expr: e}}}, TopN{By: []Order{{Expr: e}}, N: 1}} {
		_, err := spec.Open(flowtest.Context(t))
		var se *sqlerr.Error
		if !errors.As(err, &se) || se.Code != sqlerr.FeatureNotSupported || se.Pos != sqlerr.At(3) || se.Hint == "" {
			t.Errorf("%T: %v", spec, err)
		}
	}
}

// TestSortAndTopNOfManyRows has rows in several segments and prunes several times.
func TestSortAndTopNOfManyRows(t *testing.T) {
	in := types.Schema{{Name: "k", Type: types.Of(types.Int64)}, {Name: "at", Type: types.Of(types.Int64)}}
	const rows, batchRows = 60_000, 1000
	r := rand.New(rand.NewPCG(5, 6))
	type pair struct{ k, at int64 }
	var all []pair
	for i := range int64(rows) {
		all = append(all, pair{r.Int64N(20_000), i})
	}
	want := slices.Clone(all)
	slices.SortStableFunc(want, func(a, b pair) int { return int(a.k - b.k) })
	by := []Order{{Expr: col(in, "k")}}
	for _, tc := range []struct {
		spec flow.OperatorSpec
		want []pair
	}{
		{Sort{By: by}, want},
		{TopN{By: by, N: 10, Offset: 5}, want[5:15]},
		{TopN{By: by, N: 9000, Offset: 200}, want[200:9200]},
		{TopN{By: by, N: 1 << 62, Offset: 1 << 62}, nil},
	} {
		ctx := flowtest.Context(t)
		op := open(t, ctx, tc.spec)
		var out flowtest.Collector
		for from := 0; from < rows; from += batchRows {
			b := array.NewRecordBuilder(ctx.Mem, in.Arrow())
			for _, p := range all[from : from+batchRows] {
				b.Field(0).(*array.Int64Builder).Append(p.k)
				b.Field(1).(*array.Int64Builder).Append(p.at)
			}
			rec := b.NewRecordBatch()
			b.Release()
			if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
				t.Fatal(err)
			}
			rec.Release()
		}
		if _, err := op.Watermark(0, flow.MaxTime, &out); err != nil {
			t.Fatal(err)
		}
		var got []pair
		for _, b := range out.Batches {
			k, at := b.Rec.Column(0).(*array.Int64).Int64Values(), b.Rec.Column(1).(*array.Int64).Int64Values()
			for i := range k {
				got = append(got, pair{k[i], at[i]})
			}
		}
		out.Release()
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %d rows, want %d", tc.spec, len(got), len(tc.want))
		}
	}
}
