package exec

import (
	"slices"
	"testing"

	"millrace/expr"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

func setCall(t *testing.T, name string, args ...expr.Expr) *expr.SetCall {
	t.Helper()
	c, err := expr.NewSetCall(name, args, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var series = types.Schema{{Name: "name", Type: types.Of(types.Text)}, {Name: "n", Type: types.Of(types.Int64)}, {Name: "m", Type: types.Of(types.Int64)}}

func TestUnnestRunsItsCallsSideBySide(t *testing.T) {
	out := types.Schema{series[0], {Name: "a", Type: types.Of(types.Int64)}, {Name: "b", Type: types.Of(types.Int64)}, {Name: "at", Type: types.Of(types.Int64)}}
	spec := Unnest{
		Keep: []int{0}, Ordinality: true, Out: out,
		Calls: []*expr.SetCall{setCall(t, "generate_series", constant(1), col(series, "n")), setCall(t, "generate_series", constant(7), col(series, "m"))},
	}
	flowtest.Check(t, spec, []types.Schema{series}, `
		x | 2 | 9
		> x | 1 | 7 | 1
		> x | 2 | 8 | 2
		> x | NULL | 9 | 3
		y | 1 | 0
		> y | 1 | NULL | 1
		- y | 1 | 0
		> - y | 1 | NULL | 1
		z | 0 | NULL
		watermark 12:00:00
		> watermark 12:00:00
		end
		> watermark 9223372036854775807
	`, flowtest.Output(out))
}

func TestUnnestOuterKeepsRowsWithoutValues(t *testing.T) {
	out := types.Schema{series[0], {Name: "a", Type: types.Of(types.Int64)}, {Name: "at", Type: types.Of(types.Int64)}}
	spec := Unnest{
		Keep: []int{0}, Ordinality: true, Outer: true, Out: out,
		Calls: []*expr.SetCall{setCall(t, "generate_series", col(series, "n"), col(series, "m"))},
	}
	flowtest.Check(t, spec, []types.Schema{series}, `
		x | 2 | 1
		> x | NULL | NULL
		y | 5 | 6
		> y | 5 | 1
		> y | 6 | 2
		z | NULL | 1
		> z | NULL | NULL
	`, flowtest.Output(out))
}

func TestUnnestCutsManyValuesIntoBatches(t *testing.T) {
	out := types.Schema{{Name: "a", Type: types.Of(types.Int64)}}
	spec := Unnest{Calls: []*expr.SetCall{setCall(t, "generate_series", constant(1), col(series, "n"))}, Out: out}
	tc := flowtest.Context(t)
	b := batch(t, tc, series, "x | 10000 | 0", "y | 3 | 0")
	b.Marks = []flow.Time{10, 20}
	var got flowtest.Collector
	defer got.Release()
	if err := open(t, tc, spec).Process(0, b, &got); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, b := range got.Batches {
		sizes = append(sizes, b.Len())
	}
	last := got.Batches[len(got.Batches)-1]
	if !slices.Equal(sizes, []int{flow.BatchRows, 10003 - flow.BatchRows}) || last.Marks[0] != 10 || last.Marks[last.Len()-1] != 20 {
		t.Errorf("batches of %v rows, marks %v", sizes, last.Marks)
	}
}
