package exec

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/sqlerr"
	"millrace/types"
)

// runRowsWithin runs an operator of one input over rows of text under a memory limit. It gives what comes out and how
// many bytes went to disk.
func runRowsWithin(t *testing.T, limit int64, spec flow.OperatorSpec, in types.Schema, rows []string, cut func() int) ([]string, int64) {
	t.Helper()
	mem := memory.NewCheckedAllocator(flowtest.Poison{})
	defer mem.AssertSize(t, 0)
	budget, metrics := &flowtest.Budget{Limit: limit}, &flowtest.Metrics{}
	op, err := spec.Open(&flow.TaskContext{
		Context: t.Context(), Mem: mem, Budget: budget, Metrics: metrics, Parallelism: 1, Spill: spillFiles(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	out := &flowtest.Collector{}
	defer out.Release()
	for len(rows) > 0 {
		n := min(len(rows), cut())
		rec := flowtest.Record(t, mem, in, rows[:n]...)
		err := op.Process(0, &flow.Batch{Rec: rec}, out)
		rec.Release()
		if err != nil {
			t.Fatal(err)
		}
		rows = rows[n:]
	}
	if _, err := op.Watermark(0, flow.MaxTime, out); err != nil {
		t.Fatal(err)
	}
	if err := op.Close(); err != nil {
		t.Error(err)
	}
	if budget.Used() != 0 {
		t.Errorf("%d bytes of the budget are in use at the end", budget.Used())
	}
	return out.Rows(), metrics.OnDisk()
}

// numbered is rows that are often equal in their first columns, with their number behind.
func numbered(r *rand.Rand, n, domain int) []string {
	rows := make([]string, n)
	for i := range rows {
		k := fmt.Sprint(r.IntN(domain))
		if r.IntN(8) == 0 {
			k = null
		}
		rows[i] = fmt.Sprintf("%s | t%d | %d", k, r.IntN(5), i)
	}
	return rows
}

func TestSpillingChangesNothing(t *testing.T) {
	resolve := func(name string, args ...int) agg.Bound {
		var ts []types.Type
		for _, a := range args {
			ts = append(ts, leftSide[a].Type)
		}
		c, err := agg.Resolve(name, ts, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		return agg.Bound{Call: c, Args: args, Filter: -1}
	}
	aggs := []agg.Bound{resolve("count"), resolve("sum", 2), resolve("max", 1), resolve("array_agg", 2)}
	grouped := types.Schema{leftSide[0], leftSide[1]}
	for _, a := range aggs {
		grouped = append(grouped, types.Column{Name: a.Name, Type: a.Result})
	}
	for _, tc := range []struct {
		name    string
		spec    flow.OperatorSpec
		in      types.Schema
		ordered bool
	}{
		{"sort", Sort{By: []Order{
			{Expr: col(leftSide, "t"), Desc: true}, {Expr: col(leftSide, "k"), NullsFirst: true},
		}}, leftSide, true},
		{"sort by nothing keeps the order", Sort{By: []Order{{Expr: expr.NewLiteral(int64(1), types.Of(types.Int64), 0)}}}, leftSide, true},
		{"aggregate", Aggregate{Keys: []int{0, 1}, Aggs: aggs, In: leftSide, Out: grouped}, leftSide, false},
		{"distinct", Distinct{In: leftSide}, leftSide, false},
		{"over", overLeft(t, []int{0}, OverTop{}), leftSide, true},
		{"over two columns", overLeft(t, []int{0, 1}, OverTop{}), leftSide, true},
		{"the first of each partition", overLeft(t, []int{0}, OverTop{Function: "row_number", Peers: 1, N: 2}), leftSide, true},
		{"the first by rank of each partition", overLeft(t, []int{0}, OverTop{Function: "rank", Peers: 1, N: 2}), leftSide, true},
		{"the first of all", overLeft(t, nil, OverTop{Function: "dense_rank", Peers: 1, N: 2}), leftSide, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, 3))
				rows := numbered(r, 500+r.IntN(3000), 400)
				if tc.name == "distinct" {
					for i := range rows {
						rows[i] = rows[r.IntN(len(rows))]
					}
				}
				cut := func() int { return 1 + r.IntN(200) }
				want, none := runRowsWithin(t, 0, tc.spec, tc.in, rows, cut)
				got, disk := runRowsWithin(t, int64(8192<<r.IntN(3)), tc.spec, tc.in, rows, cut)
				if !tc.ordered {
					slices.Sort(want)
					slices.Sort(got)
				}
				if none != 0 || disk == 0 {
					t.Errorf("seed %d: %d bytes on disk, and %d without a limit", seed, disk, none)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: %d rows came out under the limit, %d without, or others", seed, len(got), len(want))
				}
			}
		})
	}
}

// overLeft is window functions of the left side, in the order of t.
func overLeft(t *testing.T, partition []int, top OverTop) Over {
	t.Helper()
	s := Over{In: leftSide, Keep: 3, Partition: partition, Order: []Order{{Expr: col(leftSide, "t")}}, Out: leftSide[:3:3], Top: top}
	resolve := func(name string, peers int, args ...int) {
		c := OverCall{Args: args, Filter: -1, Peers: peers}
		var ts []types.Type
		for _, a := range args {
			ts = append(ts, leftSide[a].Type)
		}
		if over.IsWindow(name) {
			var err error
			if c.Call, err = over.Resolve(name, ts, false, 0); err != nil {
				t.Fatal(err)
			}
		} else {
			a, err := agg.Resolve(name, ts, false, 0)
			if err != nil {
				t.Fatal(err)
			}
			c.Call = over.Aggregate(a, 0)
		}
		c.Frame = over.DefaultFrame
		s.Calls = append(s.Calls, c)
		s.Out = append(s.Out, types.Column{Name: name, Type: c.Result})
	}
	if top.Function != "" {
		resolve(top.Function, 1)
		return s
	}
	resolve("row_number", 1)
	resolve("rank", 1)
	resolve("lag", 1, 2)
	resolve("sum", 1, 2)
	resolve("count", 0)
	return s
}

func TestAPartitionOfManyBatchesIsReadBackWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	rows := numbered(r, 5*runRows, 2)
	cut := func() int { return 100 + r.IntN(900) }
	spec := overLeft(t, []int{0}, OverTop{})
	want, _ := runRowsWithin(t, 0, spec, leftSide, rows, cut)
	size := int64(len(rows) * 150)
	got, disk := runRowsWithin(t, size*3/2, spec, leftSide, rows, cut)
	if !slices.Equal(got, want) || disk == 0 {
		t.Errorf("%d rows came out, want %d, or others; %d bytes on disk", len(got), len(want), disk)
	}
}

func TestAPartitionThatDoesNotFitIsAClearError(t *testing.T) {
	for _, tc := range []struct {
		partition []int
		want      string
	}{
		{nil, "the rows of one partition of an OVER do not fit into memory_limit: it is all rows"},
		{[]int{0, 1}, "the rows of one partition of an OVER do not fit into memory_limit: k = 7, t = a"},
	} {
		ctx := flowtest.Context(t)
		ctx.Budget, ctx.Spill = &flowtest.Budget{Limit: 30_000}, spillFiles(t)
		op, err := overLeft(t, tc.partition, OverTop{}).Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		rows := slices.Concat([]string{"1 | a | 1", "9 | z | 2"}, slices.Repeat([]string{"7 | a | 1"}, 3*runRows))
		out := &flowtest.Collector{}
		for err == nil && len(rows) > 0 {
			n := min(200, len(rows))
			rec := flowtest.Record(t, ctx.Mem, leftSide, rows[:n]...)
			err = op.Process(0, &flow.Batch{Rec: rec}, out)
			rec.Release()
			rows = rows[n:]
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = op.Watermark(0, flow.MaxTime, out)
		if e := (*sqlerr.Error)(nil); !errors.As(err, &e) || e.Code != sqlerr.OutOfMemory || e.Message != tc.want || e.Hint == "" {
			t.Errorf("the error is %v, want %s", err, tc.want)
		}
		out.Release()
		if err := op.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestADiskThatFailsStopsTheQuery(t *testing.T) {
	full := func() (*os.File, error) {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			return nil, err
		}
		return f, f.Close() // what is written to it fails
	}
	tc := flowtest.Context(t)
	tc.Budget, tc.Spill = &flowtest.Budget{Limit: 1000}, full
	op, err := Sort{By: []Order{{Expr: col(leftSide, "v")}}}.Open(tc)
	if err != nil {
		t.Fatal(err)
	}
	rec := flowtest.Record(t, tc.Mem, leftSide, numbered(rand.New(rand.NewPCG(1, 1)), 2000, 10)...)
	defer rec.Release()
	err = op.Process(0, &flow.Batch{Rec: rec}, &flowtest.Collector{})
	if want := "cannot write what does not fit into memory_limit on disk"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	_ = op.Close() // its file is closed already
}
