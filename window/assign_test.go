package window

import (
	"slices"
	"testing"

	"millrace/expr"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

var events = types.Schema{
	{Name: "at", Type: types.Of(types.Timestamp)},
	{Name: "key", Type: types.Of(types.Text)},
}

func windowed(in types.Schema, at int) types.Schema {
	typ := in[at].Type
	return append(slices.Clone(in),
		types.Column{Name: "window_start", Type: typ},
		types.Column{Name: "window_end", Type: typ},
		types.Column{Name: "window_time", Type: typ})
}

func TestAssign(t *testing.T) {
	for _, tc := range []struct {
		name   string
		window Assigner
		script string
	}{
		{"tumble: the edge opens a window", tumble(10), `
			9 | a
			10 | b
			-1 | c
			> 9 | a | 0 | 10 | 9
			> 10 | b | 10 | 20 | 19
			> -1 | c | -10 | 0 | -1
			watermark 10
			> watermark 10`},
		{"hop: once a window, in the order of the row", hop(5, 10), `
			7 | a
			> 7 | a | 0 | 10 | 9
			> 7 | a | 5 | 15 | 14
			- 7 | a
			> - 7 | a | 0 | 10 | 9
			> - 7 | a | 5 | 15 | 14`},
		{"cumulate", cumulate(5, 15), `
			7 | a
			> 7 | a | 0 | 10 | 9
			> 7 | a | 0 | 15 | 14`},
		{"a row without a time is in no window", tumble(10), `
			NULL | a
			3 | b
			> 3 | b | 0 | 10 | 9
			> dropped 1 event time is NULL`},
		{"tumble: late by its mark", tumble(10), `
			3 | a @ 10
			3 | b @ 9
			13 | c @ 10
			> 3 | b | 0 | 10 | 9
			> 13 | c | 10 | 20 | 19
			> dropped 1 late`},
		{"hop: too late for one of two windows", hop(5, 10), `
			7 | a @ 10
			7 | b @ 15
			> 7 | a | 5 | 15 | 14
			> dropped 1 late`},
		{"nothing left of a batch", tumble(10), `
			3 | a @ 10
			NULL | b @ 10
			> dropped 1 late
			> dropped 1 event time is NULL
			4 | c
			> 4 | c | 0 | 10 | 9`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := windowed(events, 0)
			flowtest.Check(t, Assign{Window: tc.window, Time: 0, Out: out}, []types.Schema{events}, tc.script, flowtest.Output(out))
		})
	}
}

func TestAssignKeepsMarksWithTheirRows(t *testing.T) {
	tc := flowtest.Context(t)
	op, err := Assign{Window: hop(5, 10), Time: 0, Out: windowed(events, 0)}.Open(tc)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	b := &flow.Batch{Rec: flowtest.Record(t, tc.Mem, events, "7 | a", "3 | late", "12 | b"), Marks: []flow.Time{2, 20, 13}}
	defer b.Release()
	var out flowtest.Collector
	defer out.Release()
	if err := op.Process(0, b, &out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.Batches[0].Marks, []flow.Time{2, 2, 13, 13}; !slices.Equal(got, want) {
		t.Errorf("marks are %v, want %v", got, want)
	}
}

func TestAssignCutsItsOutputIntoBatches(t *testing.T) {
	tc := flowtest.Context(t)
	op, err := Assign{Window: hop(second, 10*second), Time: 0, Out: windowed(events, 0)}.Open(tc)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	short := flowtest.Record(t, tc.Mem, events, "7 | a")
	defer short.Release()
	rec := expr.TakeRecord(tc.Mem, short, make([]int32, 3000))
	defer rec.Release()
	var out flowtest.Collector
	defer out.Release()
	if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, b := range out.Batches {
		rows += b.Len()
		if b.Len() > flow.BatchRows {
			t.Errorf("a batch of %d rows", b.Len())
		}
	}
	if rows != 30_000 {
		t.Errorf("%d rows in 10 windows each gave %d", rec.NumRows(), rows)
	}
}
