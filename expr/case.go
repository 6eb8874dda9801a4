package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// When is one arm of CASE: WHEN cond THEN value.
type When struct{ Cond, Then Expr }

// caseOf is CASE WHEN … THEN … ELSE … END.
type caseOf struct {
	conds, thens []branch
	els          *branch // nil: NULL
	typ          types.Type
	pos          sqlerr.Pos
}

// NewCase makes a CASE whose values have their common type; els nil is NULL. A row reaches a condition only where those
// before it were not true, and a value only where its condition was. It fails with 42804 where a condition is no
// BOOLEAN or the values have no common type.
func NewCase(whens []When, els Expr, pos sqlerr.Pos) (Expr, error) {
	var values []Expr
	for _, w := range whens {
		values = append(values, w.Then)
	}
	if els != nil {
		values = append(values, els)
	}
	typ, err := commonTypeOf(values, "CASE", pos)
	if err != nil {
		return nil, err
	}
	inputs := make([]Expr, 0, 2*len(whens)+1)
	for _, w := range whens {
		if w.Cond.Type().Kind != types.Bool && w.Cond.Type().Kind != types.Unknown {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, w.Cond.Pos(), "argument of CASE/WHEN must be type BOOLEAN, not type %s", w.Cond.Type()).
				WithHint("Write a comparison, as in WHEN x = 1.")
		}
		cond, err := coerceTo(w.Cond, types.Of(types.Bool))
		if err != nil {
			return nil, err
		}
		then, err := coerceTo(w.Then, typ)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, cond, then)
	}
	if els != nil {
		last, err := coerceTo(els, typ)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, last)
	}
	return caseFrom(inputs, typ, pos), nil
}

// commonTypeOf is CommonType of expressions, or the error that they have none.
func commonTypeOf(es []Expr, what string, pos sqlerr.Pos) (types.Type, error) {
	ts := make([]types.Type, len(es))
	for i, e := range es {
		ts[i] = e.Type()
		t, ok := CommonType(ts[:i+1])
		if !ok {
			have, _ := CommonType(ts[:i])
			return t, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "%s types %s and %s cannot be matched", what, have, ts[i]).
				WithHint("Cast one of them, as in %s::%s.", operand(e.String()), have)
		}
	}
	t, _ := CommonType(ts)
	for _, e := range es {
		if e.Type().Kind == types.Unknown && t.Kind == types.Decimal && !isNull(e) {
			t = widerDecimal(t, unknownDecimal(e))
		}
		if e.Type().Kind == types.Unknown && !isNull(e) && !scalar(t.Kind) {
			return t, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "%s types %s and TEXT cannot be matched", what, t)
		}
	}
	return t, nil
}

// caseFrom makes the node from its inputs: cond, then, cond, then, …, and the ELSE if their number is odd.
func caseFrom(in []Expr, typ types.Type, pos sqlerr.Pos) *caseOf {
	c := &caseOf{typ: typ, pos: pos}
	for i := 0; i+1 < len(in); i += 2 {
		c.conds = append(c.conds, newBranch(in[i]))
		c.thens = append(c.thens, newBranch(in[i+1]))
	}
	if len(in)%2 == 1 {
		els := newBranch(in[len(in)-1])
		c.els = &els
	}
	return c
}

func (c *caseOf) Type() types.Type { return c.typ }
func (c *caseOf) Pos() sqlerr.Pos  { return c.pos }

func (c *caseOf) Inputs() []Expr {
	in := make([]Expr, 0, 2*len(c.conds)+1)
	for i := range c.conds {
		in = append(in, c.conds[i].e, c.thens[i].e)
	}
	if c.els != nil {
		in = append(in, c.els.e)
	}
	return in
}

func (c *caseOf) WithInputs(in []Expr) Expr { return caseFrom(in, c.typ, c.pos) }

func (c *caseOf) String() string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := range c.conds {
		b.WriteString(" WHEN " + c.conds[i].e.String() + " THEN " + c.thens[i].e.String())
	}
	if c.els != nil {
		b.WriteString(" ELSE " + c.els.e.String())
	}
	return b.String() + " END"
}

// simplify drops arms that no row takes, and what stands behind one that all take.
func (c *caseOf) simplify() Expr {
	var in []Expr
	for i := range c.conds {
		cond := c.conds[i].e
		if l, ok := cond.(*Literal); ok {
			if l.Value != true {
				continue
			}
			if len(in) == 0 {
				return c.thens[i].e
			}
			return caseFrom(append(in, c.thens[i].e), c.typ, c.pos)
		}
		in = append(in, cond, c.thens[i].e)
	}
	switch {
	case len(in) == 0 && c.els == nil:
		return NewLiteral(nil, c.typ, c.pos)
	case len(in) == 0:
		return c.els.e
	case len(in) == 2*len(c.conds):
		return c
	}
	if c.els != nil {
		in = append(in, c.els.e)
	}
	return caseFrom(in, c.typ, c.pos)
}

func (c *caseOf) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	ch := newChooser(ctx, rec)
	defer ch.release()
	rows := allRows(int(rec.NumRows()))
	for k := range c.conds {
		if len(rows) == 0 {
			break
		}
		yes, no, err := divide(&c.conds[k], ctx, rec, rows)
		if err != nil {
			return nil, err
		}
		if len(yes) > 0 {
			if _, err := ch.pick(&c.thens[k], yes); err != nil {
				return nil, err
			}
		}
		rows = no
	}
	if len(rows) > 0 {
		els := c.els
		if els == nil {
			els = &branch{e: NewLiteral(nil, c.typ, c.pos)}
		}
		if _, err := ch.pick(els, rows); err != nil {
			return nil, err
		}
	}
	return ch.array(c.typ)
}

// divide tells the rows for which a condition is true from the others, which it leaves in place of rows.
func divide(cond *branch, ctx *Ctx, rec arrow.RecordBatch, rows []int32) (yes, no []int32, err error) {
	a, lay, err := cond.eval(ctx, rec, rows)
	if err != nil {
		return nil, nil, err
	}
	defer a.Release()
	values, valid := boolBits(a), validity(a)
	yes, no = make([]int32, 0, len(rows)), rows[:0]
	for j, row := range rows {
		at := 0
		switch lay {
		case byRow:
			at = int(row)
		case dense:
			at = j
		}
		if values.get(at) && valid.get(at) {
			yes = append(yes, row)
		} else {
			no = append(no, row)
		}
	}
	return yes, no, nil
}

// IsCase reports whether e is a CASE.
func IsCase(e Expr) bool {
	_, ok := e.(*caseOf)
	return ok
}
