package exec

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

func TestSetOpsCountRows(t *testing.T) {
	const input = `
		[0] a | 1 | true
		[0] a | 1 | true
		[0] a | 1 | true
		[1] a | 1 | true
		[0] b | NULL | NULL
		[1] b | NULL | NULL
		[1] b | NULL | NULL
		[0] c | 3 | true
		[0] c | 3 | true
		[1] d | 4 | false
		[0] e | 5 | true
		[0] - e | 5 | true
		[1] watermark 12:00:00
		[0] watermark 12:00:00
		barrier
		end
	`
	const end = `
		> watermark 9223372036854775807
	`
	for _, tc := range []struct {
		spec SetOp
		want string
	}{
		{SetOp{}, `
		> a | 1 | true
		> b | NULL | NULL`},
		{SetOp{All: true}, `
		> a | 1 | true
		> b | NULL | NULL`},
		{SetOp{Except: true}, `
		> c | 3 | true`},
		{SetOp{Except: true, All: true}, `
		> a | 1 | true
		> a | 1 | true
		> c | 3 | true
		> c | 3 | true`},
	} {
		tc.spec.In = bids
		d := tc.spec.Describe()
		t.Run(d.Name, func(t *testing.T) {
			flowtest.Check(t, tc.spec, []types.Schema{bids, bids}, input+tc.want+end)
		})
	}
}

func TestSetOpOfNoColumnsCountsRows(t *testing.T) {
	none := types.Schema{}
	tc := flowtest.Context(t)
	op := open(t, tc, SetOp{Except: true, All: true, In: none})
	var out flowtest.Collector
	defer out.Release()
	for port, n := range []int{3, 1} {
		rec := array.NewRecordBatch(none.Arrow(), nil, int64(n))
		if err := op.Process(port, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
		rec.Release()
	}
	for port := range 2 {
		if _, err := op.Watermark(port, flow.MaxTime, &out); err != nil {
			t.Fatal(err)
		}
	}
	if len(out.Batches) != 1 || out.Batches[0].Len() != 2 {
		t.Errorf("%d batches, want one of 2 rows", len(out.Batches))
	}
}
