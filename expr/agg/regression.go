package agg

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var regressionFunctions = []Function{
	regression("corr", "The correlation coefficient of y and x.", "0.9819805060619657", func(c *pairCell) (float64, bool) {
		return c.sxy / math.Sqrt(c.sxx*c.syy), c.n > 0 && c.sxx != 0 && c.syy != 0
	}),
	regression("covar_pop", "The covariance of y and x.", "3.5", func(c *pairCell) (float64, bool) { return c.sxy / c.n, c.n > 0 }),
	regression("covar_samp", "The sample covariance of y and x. NULL of fewer than two pairs.", "5.25", func(c *pairCell) (float64, bool) { return c.sxy / (c.n - 1), c.n > 1 }),
	regression("regr_avgx", "The average of x.", "2.3333333333333335", func(c *pairCell) (float64, bool) { return c.sx / c.n, c.n > 0 }),
	regression("regr_avgy", "The average of y.", "4", func(c *pairCell) (float64, bool) { return c.sy / c.n, c.n > 0 }),
	regression("regr_sxx", "The sum of the squares of the distances of x from its average.", "4.666666666666666", func(c *pairCell) (float64, bool) { return c.sxx, c.n > 0 }),
	regression("regr_syy", "The sum of the squares of the distances of y from its average.", "24.5", func(c *pairCell) (float64, bool) { return c.syy, c.n > 0 }),
	regression("regr_sxy", "The sum of the products of the distances of y and x from their averages.", "10.5", func(c *pairCell) (float64, bool) { return c.sxy, c.n > 0 }),
	regression("regr_slope", "The slope of the line that fits best, by least squares.", "2.2500000000000004", func(c *pairCell) (float64, bool) { return c.sxy / c.sxx, c.n > 0 && c.sxx != 0 }),
	regression("regr_intercept", "Where the line that fits best, by least squares, is at x = 0.", "-1.2500000000000007", func(c *pairCell) (float64, bool) {
		return (c.sy - c.sx*c.sxy/c.sxx) / c.n, c.n > 0 && c.sxx != 0
	}),
	regression("regr_r2", "The square of the correlation coefficient; 1 where all y are the same.", "0.9642857142857144", func(c *pairCell) (float64, bool) {
		if c.syy == 0 {
			return 1, c.n > 0 && c.sxx != 0
		}
		return c.sxy * c.sxy / (c.sxx * c.syy), c.n > 0 && c.sxx != 0
	}),
	{Name: "regr_count", Doc: "The number of rows in which neither argument is NULL.", Example: "regr_count(price, n)", ExampleResult: "3", Takes: twoNumbers, resolve: resolveRegression("regr_count", types.Of(types.Int64), nil)},
}

const twoNumbers = "two numbers, y and x, which are taken as DOUBLE"

func regression(name, doc, result string, of func(*pairCell) (float64, bool)) Function {
	return Function{
		Name: name, Doc: doc + " Of the rows in which neither is NULL; NULL where there is none.", Example: name + "(price, n)", ExampleResult: result,
		Takes: twoNumbers, resolve: resolveRegression(name, types.Of(types.Float64), of),
	}
}

func resolveRegression(name string, result types.Type, of func(*pairCell) (float64, bool)) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 2 || !(args[0].Numeric() && args[1].Numeric()) {
			return Call{}, false
		}
		f := types.Of(types.Float64)
		return Call{
			Args: []types.Type{f, f}, Result: result, State: []types.Type{f, f, f, f, f, f},
			New: func(mem memory.Allocator) Accumulator {
				return &pairs{mem: mem, name: name, pos: pos, of: of}
			},
		}, true
	}
}

// pairs keeps what the functions of two variables need: the number of pairs, the sums of each, and the sums of squares
// and products of their distances from the averages, which are brought up to date with each row (Youngs and Cramer,
// "Some results relevant to choice of sum and sum-of-product algorithms", 1971), as PostgreSQL does it: the same rows in
// the same order give the same digits. Its state is these six.
type pairs struct {
	mem   memory.Allocator
	name  string
	pos   sqlerr.Pos
	of    func(*pairCell) (float64, bool) // nil: the number of pairs
	cells []pairCell
}

type pairCell struct{ n, sx, sxx, sy, syy, sxy float64 }

func (p *pairs) Grow(groups int) { p.cells = grown(p.cells, groups) }

func (p *pairs) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(p.name, p.pos)
	}
	ys, xs := values[float64](args[0]), values[float64](args[1])
	yValid, xValid := validity(args[0]), validity(args[1])
	for i, g := range groups {
		if !yValid.all() && !yValid.has(i) || !xValid.all() && !xValid.has(i) {
			continue
		}
		if !p.cells[g].add(xs[i], ys[i]) {
			return outOfRange(p.name, types.Of(types.Float64), p.pos)
		}
	}
	return nil
}

// add is false where a sum of finite numbers is not finite.
func (c *pairCell) add(x, y float64) bool {
	before := *c
	c.n++
	c.sx += x
	c.sy += y
	if before.n == 0 {
		if x-x != 0 {
			c.sxx, c.sxy = math.NaN(), math.NaN()
		}
		if y-y != 0 {
			c.syy, c.sxy = math.NaN(), math.NaN()
		}
		return true
	}
	dx, dy := x*c.n-c.sx, y*c.n-c.sy
	scale := 1 / (c.n * before.n)
	c.sxx += dx * dx * scale
	c.syy += dy * dy * scale
	c.sxy += dx * dy * scale
	return c.settle(!finite(before.sx) || !finite(x), !finite(before.sy) || !finite(y))
}

func finite(f float64) bool { return f-f == 0 }

// settle makes NaN of what has become infinite because x or y was no finite number to begin with; it is false where
// they were.
func (c *pairCell) settle(xWild, yWild bool) bool {
	inf := func(f float64) bool { return math.IsInf(f, 0) }
	if (inf(c.sx) || inf(c.sxx)) && !xWild || (inf(c.sy) || inf(c.syy)) && !yWild || inf(c.sxy) && !xWild && !yWild {
		return false
	}
	for _, f := range []*float64{&c.sxx, &c.syy, &c.sxy} {
		if inf(*f) {
			*f = math.NaN()
		}
	}
	return true
}

// merge adds what o has; false as of add.
func (c *pairCell) merge(o pairCell) bool {
	switch {
	case o.n == 0:
		return true
	case c.n == 0:
		*c = o
		return true
	}
	a := *c
	c.n = a.n + o.n
	c.sx, c.sy = a.sx+o.sx, a.sy+o.sy
	dx, dy := a.sx/a.n-o.sx/o.n, a.sy/a.n-o.sy/o.n
	c.sxx = a.sxx + o.sxx + a.n*o.n*dx*dx/c.n
	c.syy = a.syy + o.syy + a.n*o.n*dy*dy/c.n
	c.sxy = a.sxy + o.sxy + a.n*o.n*dx*dy/c.n
	return c.settle(!finite(a.sx) || !finite(o.sx), !finite(a.sy) || !finite(o.sy))
}

func (p *pairs) Merge(groups []uint32, state []arrow.Array) error {
	var cols [6][]float64
	for i, s := range state {
		cols[i] = values[float64](s)
	}
	for i, g := range groups {
		if !p.cells[g].merge(pairCell{cols[0][i], cols[1][i], cols[2][i], cols[3][i], cols[4][i], cols[5][i]}) {
			return outOfRange(p.name, types.Of(types.Float64), p.pos)
		}
	}
	return nil
}

func (p *pairs) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(p.cells))
	var out []arrow.Array
	for _, of := range []func(*pairCell) float64{
		func(c *pairCell) float64 { return c.n },
		func(c *pairCell) float64 { return c.sx },
		func(c *pairCell) float64 { return c.sxx },
		func(c *pairCell) float64 { return c.sy },
		func(c *pairCell) float64 { return c.syy },
		func(c *pairCell) float64 { return c.sxy },
	} {
		out = append(out, mustFixed(p.mem, arrow.PrimitiveTypes.Float64, len(groups), func(out []float64, _ *nullMask) {
			for i, g := range groups {
				out[i] = of(&p.cells[g])
			}
		}))
	}
	return out, nil
}

func (p *pairs) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(p.cells))
	if p.of == nil {
		return counts(p.mem, groups, func(g uint32) int64 { return int64(p.cells[g].n) }), nil
	}
	return mustFixed(p.mem, arrow.PrimitiveTypes.Float64, len(groups), func(out []float64, nulls *nullMask) {
		for i, g := range groups {
			var ok bool
			if out[i], ok = p.of(&p.cells[g]); !ok {
				out[i] = 0
				nulls.set(i)
			}
		}
	}), nil
}

func (p *pairs) Bytes() int64 { return sizeOf(p.cells) }
func (p *pairs) Reset()       { p.cells = p.cells[:0] }
func (p *pairs) Release()     { p.cells = nil }
