package sources

import (
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/catalog"
	"millrace/expr"
	"millrace/flow"
	"millrace/types"
)

// Pushdown is what a query wants of a table.
type Pushdown struct {
	Columns []int       // positions in Table.Columns to produce, in this order; none of them computed
	Filter  []expr.Expr // conjuncts over Columns
	Limit   int64       // 0: none
}

// Scan is a table as one query reads it: a flow.Spec.
type Scan struct {
	Table *catalog.Table
	Pushdown
	Bounded bool // stop at the end as it is when the query starts
	Latest  bool // of a table that millrace keeps: leave out what is there when the query starts
	// Compute, where it is not nil, makes the rows that leave the scan out of those that the reader gives, so that
	// event time may be a computed column.
	Compute []expr.Expr
	Out     types.Schema // of the rows that leave the scan
	Event   *EventTime   // nil: rows have no event time
}

// EventTime tells how the watermark of a split is made.
type EventTime struct {
	Column      int           // of Out
	Delay       time.Duration // how far behind the highest time a row may come
	IdleTimeout time.Duration // a split that has had nothing for so long holds nobody back; 0: never idle
}

// Describe is the scan in words.
func (s *Scan) Describe() flow.Description {
	names := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		names[i] = s.Table.Columns[c].Name
	}
	d := flow.Description{Name: "Scan", Attrs: []flow.Attr{
		{Key: "table", Value: s.Table.Name.String()},
		{Key: "connector", Value: s.Table.Connector()},
		{Key: "columns", Value: "[" + strings.Join(names, ", ") + "]"},
	}}
	add := func(k, v string) { d.Attrs = append(d.Attrs, flow.Attr{Key: k, Value: v}) }
	for _, f := range s.Filter {
		add("pushed filter", f.String())
	}
	if s.Limit > 0 {
		add("pushed limit", fmt.Sprint(s.Limit))
	}
	for i, e := range s.Compute {
		if _, plain := e.(*expr.Column); !plain {
			add("computed", s.Out[i].Name+" = "+e.String())
		}
	}
	if e := s.Event; e != nil {
		v := fmt.Sprintf("%s - %s", s.Out[e.Column].Name, e.Delay)
		if e.IdleTimeout > 0 {
			v += fmt.Sprintf(", idle after %s", e.IdleTimeout)
		}
		add("watermark", v)
	}
	if s.Bounded {
		add("bounded", "true")
	}
	if s.Latest {
		add("from", "now on")
	}
	return d
}

// In is the schema of the rows that the reader gives.
func (s *Scan) In() types.Schema {
	in := make(types.Schema, len(s.Columns))
	for i, c := range s.Columns {
		in[i] = s.Table.Columns[c].Column
	}
	return in
}

// Apply makes the rows that leave the scan. It takes over b and gives away what it returns.
func (s *Scan) Apply(ctx *expr.Ctx, schema *arrow.Schema, b *flow.Batch) (*flow.Batch, error) {
	if s.Compute == nil {
		return b, nil
	}
	defer b.Release()
	cols := make([]arrow.Array, 0, len(s.Compute))
	defer func() {
		for _, c := range cols {
			c.Release()
		}
	}()
	for _, e := range s.Compute {
		c, err := e.Eval(ctx, b.Rec)
		if err != nil {
			return nil, err
		}
		cols = append(cols, c)
	}
	return &flow.Batch{Rec: array.NewRecordBatch(schema, cols, b.Rec.NumRows()), Ops: b.Ops, Marks: b.Marks}, nil
}
