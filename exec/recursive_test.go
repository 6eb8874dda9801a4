package exec

import (
	"testing"

	"millrace/expr"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/sqlerr"
	"millrace/types"
)

var numbers = types.Schema{{Name: "n", Type: types.Of(types.Int64)}}

// counting is n + 1 while n < most.
func counting(t *testing.T, most int64) *flow.Node {
	t.Helper()
	n := col(numbers, "n")
	below, err := expr.NewCall("<", []expr.Expr{n, constant(most)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	next, err := expr.NewCall("+", []expr.Expr{n, constant(1)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := &flow.Node{Spec: Input{Out: numbers}, Schema: numbers.Arrow(), Parallelism: 1}
	filter := &flow.Node{Spec: Filter{Where: below}, Inputs: []flow.Edge{{From: in}}, Schema: numbers.Arrow(), Parallelism: 1}
	return &flow.Node{Spec: Project{Exprs: []expr.Expr{next}, Out: numbers}, Inputs: []flow.Edge{{From: filter}}, Schema: numbers.Arrow(), Parallelism: 1}
}

func TestRecursive(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		all          bool
	}{
		{"each row goes its way", `
			1
			3
			barrier
			end
			> 1
			> 3
			> 2
			> 4
			> 3
			> 4
			> watermark 9223372036854775807`, true},
		{"rows that have come before are dropped", `
			1
			3
			watermark 12:00:00
			end
			> 1
			> 3
			> 2
			> 4
			> watermark 9223372036854775807`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			spec := Recursive{Name: "t", Step: counting(t, 4), Ports: 1, All: tc.all, Steps: 10, Out: numbers}
			flowtest.Check(t, spec, []types.Schema{numbers}, tc.script)
		})
	}
}

func TestRecursiveEnds(t *testing.T) {
	run := func(spec Recursive) (int, error) {
		tc := flowtest.Context(t)
		var out flowtest.Collector
		defer out.Release()
		op := open(t, tc, spec)
		if err := op.Process(0, batch(t, tc, numbers, "1"), &out); err != nil {
			t.Fatal(err)
		}
		_, err := op.Watermark(0, flow.MaxTime, &out)
		return len(out.Rows()), err
	}
	spec := Recursive{Name: "t", Step: counting(t, 1000), Ports: 1, All: true, Steps: 10, Out: numbers}
	if _, err := run(spec); sqlerr.Code(err) != "54001" {
		t.Errorf("after too many steps: %v", err)
	}
	spec.Most = 5
	if n, err := run(spec); n != 5 || err != nil {
		t.Errorf("where 5 rows are wanted: %d, %v", n, err)
	}
}
