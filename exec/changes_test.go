package exec

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr/agg"
	"millrace/flow/flowtest"
	"millrace/types"
)

// changing is Changes over bids by some of their columns.
func changing(keys types.Schema, aggs ...agg.Bound) Changes {
	a := aggregateOf(Complete, keys, aggs)
	return Changes{Keys: a.Keys, Aggs: a.Aggs, In: a.In, Out: a.Out, Changing: true}
}

func TestChanges(t *testing.T) {
	byChannel := flowtest.Keyed(func(_ int, rec arrow.RecordBatch) []uint64 {
		return agg.HashColumns(rec.Columns()[:1], nil)
	})
	for _, tc := range []struct {
		name    string
		spec    Changes
		script  string
		options []flowtest.Option
	}{
		{"a group comes, changes and goes", changing(bids[:1], call(t, "count", false, -1), call(t, "sum", false, -1, 1)), `
			a | 1 | true
			a | 2 | true
			b | 5 | true
			flush
			> a | 2 | 3
			> b | 1 | 5
			u- a | 2 | true
			u+ a | 7 | true
			flush
			> u- a | 2 | 3
			> u+ a | 2 | 8
			barrier
			- b | 5 | true
			flush
			> - b | 1 | 5
			NULL | 4 | true
			b | 6 | true
			flush
			> NULL | 1 | 4
			> b | 1 | 6
			end
		`, []flowtest.Option{byChannel}},
		{"aggregates that cannot take rows back", changing(bids[:1], call(t, "max", false, -1, 1), call(t, "count", true, -1, 1), call(t, "min", false, 2, 1)), `
			a | 1 | true
			a | 9 | false
			a | 9 | true
			flush
			> a | 9 | 2 | 1
			- a | 9 | false
			flush
			- a | 9 | true
			flush
			> u- a | 9 | 2 | 1
			> u+ a | 1 | 1 | 1
			barrier
			- a | 1 | true
			a | 3 | false
			flush
			> u- a | 1 | 1 | 1
			> u+ a | 3 | 1 | NULL
			end
		`, []flowtest.Option{byChannel}},
		{"what comes and goes between two flushes is nothing", changing(bids[:1], call(t, "count", false, -1)), `
			a | 1 | true
			- a | 1 | true
			flush
			b | 2 | true
			end
			> b | 1
		`, []flowtest.Option{byChannel}},
		{"without keys there is always a row", changing(nil, call(t, "count", false, -1), call(t, "max", false, -1, 1)), `
			flush
			> 0 | NULL
			a | 3 | true
			flush
			> u- 0 | NULL
			> u+ 1 | 3
			- a | 3 | true
			end
			> u- 1 | 3
			> u+ 0 | NULL
		`, nil},
		{"without aggregates it is DISTINCT", changing(bids[:2]), `
			a | 1 | true
			a | 1 | false
			flush
			> a | 1
			- a | 1 | true
			flush
			- a | 1 | false
			flush
			> - a | 1
			b | 1 | true
			end
			> b | 1
		`, []flowtest.Option{flowtest.Keyed(func(_ int, rec arrow.RecordBatch) []uint64 { return agg.HashColumns(rec.Columns()[:2], nil) })}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			flowtest.Check(t, tc.spec, []types.Schema{bids}, tc.script, append(tc.options, flowtest.Output(tc.spec.Out))...)
		})
	}
}
