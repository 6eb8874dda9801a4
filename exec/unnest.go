package exec

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Unnest gives each row once for each value that its set-returning calls give, side by side: the shorter ones are NULL
// where the longest still has values.
type Unnest struct {
	Keep       []int // columns of the input that come out
	Calls      []*expr.SetCall
	Outer      bool         // a row for which no call gives a value comes once, with NULLs
	Ordinality bool         // the last column counts the values of a row from 1
	Out        types.Schema // Keep, Calls, the ordinality
}

// Describe is the step in words.
func (s Unnest) Describe() flow.Description {
	calls := make([]string, len(s.Calls))
	for i, c := range s.Calls {
		calls[i] = c.String()
	}
	attrs := []flow.Attr{{Key: "functions", Value: "[" + strings.Join(calls, ", ") + "]"}}
	if s.Ordinality {
		attrs = append(attrs, flow.Attr{Key: "ordinality", Value: "yes"})
	}
	if s.Outer {
		attrs = append(attrs, flow.Attr{Key: "outer", Value: "yes"})
	}
	return flow.Description{Name: "Unnest", Attrs: attrs}
}

// Open makes an instance.
func (s Unnest) Open(tc *flow.TaskContext) (flow.Operator, error) {
	width := len(s.Keep) + len(s.Calls)
	if s.Ordinality {
		width++
	}
	if len(s.Calls) == 0 || len(s.Out) != width {
		return nil, sqlerr.New(sqlerr.Internal, 0, "Unnest has %d calls for the columns %v", len(s.Calls), s.Out.Names())
	}
	return &unnest{Unnest: s, tc: tc, ctx: evalCtx(tc), schema: s.Out.Arrow()}, nil
}

type unnest struct {
	flow.Stateless
	Unnest
	tc     *flow.TaskContext
	ctx    *expr.Ctx
	schema *arrow.Schema
	total  []int64 // values of each row of a batch
	rows   []int32 // of the batch, one for each row that comes out next
	at     []int64 // the position of its values
	one    []int64
}

func (u *unnest) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	sets := make([]expr.SetRows, 0, len(u.Calls))
	defer func() {
		for _, s := range sets {
			s.Release()
		}
	}()
	u.total = append(u.total[:0], make([]int64, b.Len())...)
	for _, c := range u.Calls {
		s, err := c.Rows(u.ctx, b.Rec)
		if err != nil {
			return err
		}
		sets = append(sets, s)
		for i, n := range s.Counts() {
			u.total[i] = max(u.total[i], n)
		}
	}
	for row, done := 0, int64(0); row < b.Len(); {
		u.rows, u.at = u.rows[:0], u.at[:0]
		for row < b.Len() && len(u.rows) < flow.BatchRows {
			n := u.total[row]
			if n == 0 && u.Outer {
				u.rows, u.at = append(u.rows, int32(row)), append(u.at, -1)
			}
			for ; done < n && len(u.rows) < flow.BatchRows; done++ {
				u.rows, u.at = append(u.rows, int32(row)), append(u.at, done)
			}
			if done == n {
				row, done = row+1, 0
			}
		}
		if len(u.rows) == 0 {
			return nil
		}
		rec, err := u.record(b, sets)
		if err != nil {
			return err
		}
		if err := out.Emit(&flow.Batch{Rec: rec, Ops: rowsOf(b.Ops, u.rows), Marks: rowsOf(b.Marks, u.rows)}); err != nil {
			return err
		}
	}
	return nil
}

// record makes the rows that rows and at list.
func (u *unnest) record(b *flow.Batch, sets []expr.SetRows) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, 0, len(u.Out))
	for _, k := range u.Keep {
		cols = append(cols, expr.Take(u.tc.Mem, b.Rec.Column(k), u.rows))
	}
	for _, s := range sets {
		col, err := s.Values(u.rows, u.within(s.Counts()))
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	if u.Ordinality {
		n := array.NewInt64Builder(u.tc.Mem)
		defer n.Release()
		n.Reserve(len(u.at))
		for _, at := range u.at {
			if at < 0 {
				n.AppendNull()
			} else {
				n.Append(at + 1)
			}
		}
		cols = append(cols, n.NewArray())
	}
	return newRecord(u.schema, cols, len(u.rows)), nil
}

// within is at with -1 for what is behind the last value of a row.
func (u *unnest) within(counts []int64) []int64 {
	u.one = u.one[:0]
	for i, at := range u.at {
		if at >= counts[u.rows[i]] {
			at = -1
		}
		u.one = append(u.one, at)
	}
	return u.one
}
