package expr

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// branch is an expression that only some rows of a batch need: an arm of CASE, an operand of AND behind the first.
// Where it can fail it is evaluated for those rows alone, so that CASE WHEN x <> 0 THEN 1 / x END does not.
type branch struct {
	e       Expr
	fails   bool
	cols    []int // that e reads
	compact Expr  // e over those columns alone
}

func newBranch(e Expr) branch {
	b := branch{e: e, fails: fails(e)}
	if b.fails || Volatile(e) {
		b.fails = true
		b.cols = Columns(e)
		at := map[int]int{}
		for i, c := range b.cols {
			at[c] = i
		}
		b.compact = Remap(e, func(c int) int { return at[c] })
	}
	return b
}

func newBranches(es []Expr) []branch {
	out := make([]branch, len(es))
	for i, e := range es {
		out[i] = newBranch(e)
	}
	return out
}

// How the values of a branch lie in the array that eval gives.
type layout uint8

const (
	byRow  layout = iota // that of row i at i
	dense                // that of rows[j] at j
	single               // one for all
)

// eval evaluates the branch where rows, which are sorted, need it.
func (b *branch) eval(ctx *Ctx, rec arrow.RecordBatch, rows []int32) (arrow.Array, layout, error) {
	if l, ok := b.e.(*Literal); ok {
		l.one.Retain()
		return l.one, single, nil
	}
	if !b.fails || len(rows) == int(rec.NumRows()) {
		a, err := b.e.Eval(ctx, rec)
		return a, byRow, err
	}
	cols := make([]arrow.Array, len(b.cols))
	fields := make([]arrow.Field, len(b.cols))
	for i, c := range b.cols {
		cols[i] = Take(ctx.Mem, rec.Column(c), rows)
		fields[i] = rec.Schema().Field(c)
	}
	part := array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(len(rows)))
	for _, c := range cols {
		c.Release()
	}
	defer part.Release()
	a, err := b.compact.Eval(ctx, part)
	return a, dense, err
}

// chooser puts an array together from branches, each giving the values of some rows.
type chooser struct {
	ctx     *Ctx
	rec     arrow.RecordBatch
	sources []arrow.Array
	size    int     // of all sources
	index   []int32 // of each row's value in the sources laid end to end
}

func newChooser(ctx *Ctx, rec arrow.RecordBatch) *chooser {
	return &chooser{ctx: ctx, rec: rec, index: make([]int32, rec.NumRows())}
}

// pick takes the values of rows from b. It returns those that got a NULL.
func (c *chooser) pick(b *branch, rows []int32) (null []int32, err error) {
	a, lay, err := b.eval(c.ctx, c.rec, rows)
	if err != nil {
		return nil, err
	}
	valid := validity(a)
	for j, row := range rows {
		at := 0
		switch lay {
		case byRow:
			at = int(row)
		case dense:
			at = j
		}
		c.index[row] = int32(c.size + at)
		if !valid.get(at) {
			null = append(null, row)
		}
	}
	c.sources = append(c.sources, a)
	c.size += a.Len()
	return null, nil
}

// array is the result. It is one of the sources where every row is taken from its own place there.
func (c *chooser) array(t types.Type) (arrow.Array, error) {
	if len(c.sources) == 0 {
		return nullArray(c.ctx.Mem, t, 0), nil
	}
	all := c.sources[0]
	if len(c.sources) > 1 {
		var err error
		if all, err = array.Concatenate(c.sources, c.ctx.Mem); err != nil {
			return nil, err
		}
		defer all.Release()
	} else if all.Len() == len(c.index) && ascending(c.index) {
		all.Retain()
		return all, nil
	}
	return Take(c.ctx.Mem, all, c.index), nil
}

func ascending(index []int32) bool {
	for i, at := range index {
		if int(at) != i {
			return false
		}
	}
	return true
}

func (c *chooser) release() {
	for _, a := range c.sources {
		a.Release()
	}
}

// allRows is 0 to n-1.
func allRows(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// rowsOf lists the ones among the first n bits of words.
func rowsOf(words []uint64, n int) []int32 {
	count := 0
	for i, w := range words {
		count += bits.OnesCount64(w & lowBits(n-64*i))
	}
	rows := make([]int32, 0, count)
	for i, w := range words {
		for w &= lowBits(n - 64*i); w != 0; w &= w - 1 {
			rows = append(rows, int32(64*i+bits.TrailingZeros64(w)))
		}
	}
	return rows
}
