package exec

import (
	"strings"
	"testing"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

func TestExpandGivesEachRowOnceASet(t *testing.T) {
	out := append(bids[:len(bids):len(bids)], types.Column{Name: "c", Type: types.Of(types.Text)}, types.Column{Name: "p", Type: types.Of(types.Int64)}, types.Column{Name: "set", Type: types.Of(types.Int32)})
	spec := Expand{Keys: []expr.Expr{col(bids, "channel"), col(bids, "price")}, Sets: [][]bool{{true, true}, {false, true}, {false, false}}, Out: out}
	flowtest.Check(t, spec, []types.Schema{bids}, `
		a | 1 | true
		> a | 1 | true | a | 1 | 0
		> a | 1 | true | NULL | 1 | 1
		> a | 1 | true | NULL | NULL | 2
		- a | 1 | true
		> - a | 1 | true | a | 1 | 0
		> - a | 1 | true | NULL | 1 | 1
		> - a | 1 | true | NULL | NULL | 2
		watermark 12:00:00
		> watermark 12:00:00
	`, flowtest.Output(out))
}

func TestEmptyGroupsAreThereOverNoRows(t *testing.T) {
	schema := types.Schema{{Name: "k", Type: types.Of(types.Text)}, {Name: "set", Type: types.Of(types.Int32)}, {Name: "n", Type: types.Of(types.Int64)}}
	count, err := agg.Resolve("count", nil, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	spec := EmptyGroups{Keys: 2, Aggs: []agg.Bound{{Call: count, Filter: -1}}, Sets: []int{1, 3}, Out: schema}
	flowtest.Check(t, spec, []types.Schema{schema}, `
		a | 0 | 7
		> a | 0 | 7
		end
		> watermark 9223372036854775807
	`)
	var out flowtest.Collector
	defer out.Release()
	op := open(t, flowtest.Context(t), spec)
	for _, w := range []flow.Time{10, flow.MaxTime} {
		if _, err := op.Watermark(0, w, &out); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(out.Rows(), "; "); got != "NULL | 1 | 0; NULL | 3 | 0" {
		t.Errorf("over no rows come %s", got)
	}
}
