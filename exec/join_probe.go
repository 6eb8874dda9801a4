package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/flow"
	"millrace/types"
)

// prober makes the rows of a join, a batch of the left at a time. Which pairs of rows there are it asks of pairs; what
// the join's kind makes of them is done here.
type prober struct {
	shape
	schema *arrow.Schema // of out
	mem    memory.Allocator
	ctx    *expr.Ctx
	kept   *keptSide
	pairs  pairs
	cond   *pairCond // nil: every pair matches
	aware  *pairCond // of a mark: where it is NULL and cond is true, a match is unknown. nil: none

	rec     arrow.RecordBatch // of the left, being worked on; nil: none
	n       int               // its rows
	hit     []bool            // which of them have a match
	unknown []bool            // or may have one, as far as NULL lets us know
	outer   bool              // pairs gives a left row without a match as well, with NoRow
	matched []bool            // rows of the right that have a match; nil: nobody asks
	late    func() error      // fills unknown when hit is known; nil: nothing to do
	next    int               // the first row of the right that was not given out at the end

	l, r, rows []int32
	small      *coalescer
}

// pairs is which rows of the left and the right stand together.
type pairs interface {
	// next appends some pairs of the batch that is worked on, about flow.BatchRows at most, and reports whether that
	// were the last.
	next(p *prober, l, r []int32) (_, _ []int32, last bool)
}

// chunks is how many times a prober asks for pairs in one call of its operator.
const chunks = 8

func newProber(s shape, tc *flow.TaskContext, kept *keptSide) *prober {
	p := &prober{shape: s, schema: s.out.Arrow(), mem: tc.Mem, ctx: evalCtx(tc), kept: kept}
	p.small = &coalescer{mem: tc.Mem}
	if s.cond != nil {
		p.cond = newPairCond(s.cond, s.left, s.right)
	}
	return p
}

// begin takes a batch to work on; it is retained.
func (p *prober) begin(rec arrow.RecordBatch) {
	rec.Retain()
	p.rec, p.n = rec, int(rec.NumRows())
	p.hit = cleared(p.hit, p.n)
	p.unknown = cleared(p.unknown, p.n)
}

// cleared is n times false, in the memory of s if that is enough.
func cleared(s []bool, n int) []bool {
	if cap(s) < n {
		return make([]bool, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// busy reports whether there is a batch that is not done with.
func (p *prober) busy() bool { return p.rec != nil }

// work goes on with the batch, and reports whether it is done.
func (p *prober) work(out flow.Emitter) (done bool, err error) {
	for range chunks {
		l, r, last := p.pairs.next(p, p.l[:0], p.r[:0])
		p.l, p.r = l, r
		if err := p.take(l, r, out); err != nil {
			return false, err
		}
		if last {
			if p.late != nil {
				err = p.late()
			}
			if err == nil {
				err = p.end(out)
			}
			p.drop()
			return true, err
		}
	}
	return false, nil
}

// drain goes on until the batch is done.
func (p *prober) drain(out flow.Emitter) error {
	for p.busy() {
		if _, err := p.work(out); err != nil {
			return err
		}
	}
	return nil
}

func (p *prober) drop() {
	if p.rec != nil {
		p.rec.Release()
		p.rec = nil
	}
}

// take is what becomes of some pairs.
func (p *prober) take(l, r []int32, out flow.Emitter) error {
	if len(l) == 0 {
		return nil
	}
	if p.cond != nil || p.aware != nil {
		var err error
		if l, r, err = p.filter(l, r); err != nil {
			return err
		}
	}
	if p.kind == SingleJoin && !p.outer {
		for _, i := range l {
			if p.hit[i] {
				return noMoreThanOne()
			}
			p.hit[i] = true
		}
	} else if !p.outer && (p.kind.keepsLeft() || p.kind.marksLeft()) {
		for _, i := range l {
			p.hit[i] = true
		}
	}
	if p.matched != nil {
		for _, i := range r {
			if i >= 0 {
				p.matched[i] = true
			}
		}
	}
	if !p.kind.pairs() || len(l) == 0 {
		return nil
	}
	return p.give(l, r, out)
}

// filter keeps the pairs that match, and notes those of which that is unknown.
func (p *prober) filter(l, r []int32) (_, _ []int32, err error) {
	for _, c := range []*pairCond{p.cond, p.aware} {
		if c == nil || len(l) == 0 {
			continue
		}
		mask, err := c.eval(p, l, r)
		if err != nil {
			return nil, nil, err
		}
		if c == p.aware && mask.NullN() > 0 {
			for i := range l {
				if mask.IsNull(i) {
					p.unknown[l[i]] = true
				}
			}
		}
		p.rows = expr.Select(mask, p.rows[:0])
		mask.Release()
		if len(p.rows) == len(l) {
			continue
		}
		for to, from := range p.rows {
			l[to], r[to] = l[from], r[from]
		}
		l, r = l[:len(p.rows)], r[:len(p.rows)]
	}
	return l, r, nil
}

// end is what comes out when all pairs of the batch are known.
func (p *prober) end(out flow.Emitter) error {
	switch {
	case p.kind.keepsLeft() && !p.outer:
		p.rows = p.rows[:0]
		for i, h := range p.hit {
			if !h {
				p.rows = append(p.rows, int32(i))
			}
		}
		if len(p.rows) == 0 {
			return nil
		}
		p.r = p.r[:0]
		for range p.rows {
			p.r = append(p.r, noRow)
		}
		return p.give(p.rows, p.r, out)
	case p.kind == SemiJoin, p.kind == AntiJoin:
		p.rows = p.rows[:0]
		want := p.kind == SemiJoin
		for i, h := range p.hit {
			if h == want && !p.unknown[i] {
				p.rows = append(p.rows, int32(i))
			}
		}
		if len(p.rows) == 0 {
			return nil
		}
		return p.give(p.rows, nil, out)
	case p.kind == MarkJoin:
		p.rows = p.rows[:0]
		for i := range p.n {
			p.rows = append(p.rows, int32(i))
		}
		if len(p.rows) == 0 {
			return nil
		}
		return p.give(p.rows, nil, out)
	}
	return nil
}

// noRow stands in pairs where a side has no row.
const noRow = -1

// give emits rows of the batch with rows of the right.
func (p *prober) give(l, r []int32, out flow.Emitter) error {
	all := len(l) == p.n && inOrder(l)
	cols := make([]arrow.Array, len(p.emit))
	for i, c := range p.emit {
		switch {
		case c >= len(p.left) && p.kind == MarkJoin:
			cols[i] = p.mark()
		case c >= len(p.left):
			cols[i] = p.rightColumn(c-len(p.left), r)
		case all:
			cols[i] = p.rec.Column(c)
			cols[i].Retain()
		default:
			cols[i] = expr.Take(p.mem, p.rec.Column(c), l)
		}
	}
	return p.small.emit(newRecord(p.schema, cols, len(l)), out)
}

// inOrder reports whether rows are 0, 1, 2, …
func inOrder(rows []int32) bool {
	for i, r := range rows {
		if int(r) != i {
			return false
		}
	}
	return true
}

// rightColumn is a column of the right at rows, NULL where there is none.
func (p *prober) rightColumn(c int, rows []int32) arrow.Array {
	if a := p.kept.column(c); a != nil {
		return expr.TakeOrNull(p.mem, a, rows)
	}
	return array.MakeArrayOfNull(p.mem, p.right[c].Type.Arrow(), len(rows))
}

// mark is whether each row of the batch has a match.
func (p *prober) mark() arrow.Array {
	b := array.NewBooleanBuilder(p.mem)
	defer b.Release()
	b.Reserve(p.n)
	for i, h := range p.hit {
		if !h && p.unknown[i] {
			b.AppendNull()
			continue
		}
		b.Append(h)
	}
	return b.NewArray()
}

// finish gives the rows of the right that the join's kind has come out when the left has ended, some at a time, and
// reports whether that were all.
func (p *prober) finish(out flow.Emitter) (done bool, err error) {
	if p.kind.marksRight() {
		for range chunks {
			p.r = p.r[:0]
			want := p.kind == RightSemiJoin
			for ; p.next < p.kept.n && len(p.r) < flow.BatchRows; p.next++ {
				if p.matched[p.next] == want {
					p.r = append(p.r, int32(p.next))
				}
			}
			if len(p.r) > 0 {
				if err := p.giveRight(p.r, out); err != nil {
					return false, err
				}
			}
			if p.next == p.kept.n {
				break
			}
		}
		if p.next < p.kept.n {
			return false, nil
		}
	}
	return true, p.small.flush(out)
}

// giveRight emits rows of the right alone, with NULLs for the left where that comes out.
func (p *prober) giveRight(rows []int32, out flow.Emitter) error {
	cols := make([]arrow.Array, len(p.emit))
	for i, c := range p.emit {
		switch {
		case !p.kind.pairs():
			cols[i] = p.rightColumn(c, rows)
		case c >= len(p.left):
			cols[i] = p.rightColumn(c-len(p.left), rows)
		default:
			cols[i] = array.MakeArrayOfNull(p.mem, p.left[c].Type.Arrow(), len(rows))
		}
	}
	return p.small.emit(newRecord(p.schema, cols, len(rows)), out)
}

func (p *prober) close() {
	p.drop()
	p.small.close()
}

// pairCond is a condition over pairs, and the columns that it reads.
type pairCond struct {
	expr   expr.Expr // over cols
	cols   []int     // of left, then right
	schema *arrow.Schema
}

func newPairCond(e expr.Expr, left, right types.Schema) *pairCond {
	c := &pairCond{cols: expr.Columns(e)}
	at := map[int]int{}
	var fields types.Schema
	for i, col := range c.cols {
		at[col] = i
		if col < len(left) {
			fields = append(fields, left[col])
		} else {
			fields = append(fields, right[col-len(left)])
		}
	}
	c.expr = expr.Remap(e, func(i int) int { return at[i] })
	c.schema = fields.Arrow()
	return c
}

// eval is the condition's value for each pair.
func (c *pairCond) eval(p *prober, l, r []int32) (arrow.Array, error) {
	cols := make([]arrow.Array, len(c.cols))
	for i, col := range c.cols {
		if col < len(p.left) {
			cols[i] = expr.Take(p.mem, p.rec.Column(col), l)
		} else {
			cols[i] = p.rightColumn(col-len(p.left), r)
		}
	}
	rec := newRecord(c.schema, cols, len(l))
	defer rec.Release()
	return c.expr.Eval(p.ctx, rec)
}

// coalescer makes small batches larger: what stands behind a join that gives a few rows for each batch would do as much
// for each of them as for a full one.
type coalescer struct {
	mem  memory.Allocator
	recs []arrow.RecordBatch
	n    int
}

// emit takes over rec.
func (c *coalescer) emit(rec arrow.RecordBatch, out flow.Emitter) error {
	const few = flow.BatchRows / 4
	if rec.NumRows() >= few {
		return out.Emit(&flow.Batch{Rec: rec})
	}
	c.recs = append(c.recs, rec)
	if c.n += int(rec.NumRows()); c.n < flow.BatchRows/2 {
		return nil
	}
	return c.flush(out)
}

// flush emits what is held back.
func (c *coalescer) flush(out flow.Emitter) error {
	if c.n == 0 {
		return nil
	}
	rec, err := concat(c.mem, c.recs)
	c.close()
	if err != nil {
		return err
	}
	return out.Emit(&flow.Batch{Rec: rec})
}

func (c *coalescer) close() {
	for _, r := range c.recs {
		r.Release()
	}
	c.recs, c.n = nil, 0
}
