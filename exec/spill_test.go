package exec

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
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
