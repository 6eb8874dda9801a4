package expr

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Walk calls f for e and everything in it, from the top; it does not go into what f says false to.
func Walk(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	for _, in := range e.Inputs() {
		Walk(in, f)
	}
}

// Rewrite replaces each part of e by what f makes of it, from the bottom; f must keep the type.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	inputs := e.Inputs()
	var changed []Expr
	for i, in := range inputs {
		if out := Rewrite(in, f); out != in {
			if changed == nil {
				changed = slices.Clone(inputs)
			}
			changed[i] = out
		}
	}
	if changed != nil {
		e = e.WithInputs(changed)
	}
	return f(e)
}

// Columns lists the positions of the columns that e reads, sorted, each once.
func Columns(e Expr) []int {
	var cols []int
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Column); ok {
			cols = append(cols, c.Index)
		}
		return true
	})
	slices.Sort(cols)
	return slices.Compact(cols)
}

// Remap is e over an input in which column i stands at m(i).
func Remap(e Expr, m func(int) int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(*Column); ok {
			if to := m(c.Index); to != c.Index {
				return NewColumn(to, c.Name, c.typ, c.pos)
			}
		}
		return e
	})
}

// Equal reports whether two expressions are the same but for where they were written. Columns count by position.
func Equal(a, b Expr) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || !a.Type().Equal(b.Type()) || !sameNode(a, b) {
		return false
	}
	return slices.EqualFunc(a.Inputs(), b.Inputs(), Equal)
}

// sameNode compares two expressions without their inputs.
func sameNode(a, b Expr) bool {
	switch a := a.(type) {
	case *Column:
		b, ok := b.(*Column)
		return ok && a.Index == b.Index
	case *Literal:
		b, ok := b.(*Literal)
		if x, isBytes := a.Value.([]byte); ok && isBytes {
			y, isBytes := b.Value.([]byte)
			return isBytes && bytes.Equal(x, y)
		}
		if x, isArray := a.Value.(arrow.Array); isArray && ok {
			y, isArray := b.Value.(arrow.Array)
			return isArray && array.Equal(x, y)
		}
		return ok && a.Value == b.Value
	case *Param:
		b, ok := b.(*Param)
		return ok && a.Index == b.Index
	case *Call:
		b, ok := b.(*Call)
		return ok && a.overload == b.overload
	case *SetCall:
		b, ok := b.(*SetCall)
		return ok && a.call.overload == b.call.overload
	case *logic:
		b, ok := b.(*logic)
		return ok && a.and == b.and
	case *coalesce:
		_, ok := b.(*coalesce)
		return ok
	case *caseOf:
		b, ok := b.(*caseOf)
		return ok && (a.els == nil) == (b.els == nil)
	case *cast:
		b, ok := b.(*cast)
		return ok && a.try == b.try
	case *inList:
		b, ok := b.(*inList)
		return ok && a.not == b.not
	case *field:
		b, ok := b.(*field)
		return ok && a.index == b.index
	case *rowOf:
		_, ok := b.(*rowOf)
		return ok
	case *arrayOf:
		b, ok := b.(*arrayOf)
		return ok && len(a.in) == len(b.in)
	case *quantified:
		b, ok := b.(*quantified)
		return ok && a.op == b.op && a.all == b.all
	}
	return false
}

// Volatility of an expression is that of its most volatile function.
func volatility(e Expr) Volatility {
	most := Immutable
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Call); ok {
			most = max(most, c.overload.Volatility)
		}
		return true
	})
	return most
}

// Volatile reports whether e gives something else each time it is evaluated, as random() does: it must be evaluated
// as often as the query says.
func Volatile(e Expr) bool { return volatility(e) == Each }

// Steady reports whether e gives the same for the same row whenever it is evaluated: neither random() nor now() is in it.
func Steady(e Expr) bool { return volatility(e) == Immutable }

// Constant reports whether e is the same for all rows of a statement: it reads no column and is not volatile. It may
// still be now().
func Constant(e Expr) bool { return len(Columns(e)) == 0 && !Volatile(e) && !waits(e) }

// fails reports whether some value makes e an error.
func fails(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Call:
			found = found || e.overload.Fails
		case *cast:
			found = found || !e.try && e.fails
		case *quantified:
			found = found || fails(e.each)
		}
		return !found
	})
	return found
}

// Split takes AND apart: the conditions that must all hold.
func Split(e Expr) []Expr {
	if l, ok := e.(*logic); ok && l.and {
		var out []Expr
		for _, a := range l.args {
			out = append(out, Split(a.e)...)
		}
		return out
	}
	return []Expr{e}
}

// And puts conditions together; nil where there is none.
func And(es []Expr) Expr {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	return newLogic("and", es, es[0].Pos())
}

// Fold computes what does not depend on the rows or on the time: 1 + 2 becomes 3, and AND, OR and CASE lose the
// branches that no row reaches. An error of a value comes back with its place, but not one in a branch that some rows
// may not reach.
func Fold(e Expr, ctx *Ctx) (Expr, error) {
	inputs := e.Inputs()
	lazy := isLazy(e)
	var changed []Expr
	for i, in := range inputs {
		out, err := Fold(in, ctx)
		if err != nil {
			if lazy && i > 0 {
				continue // it fails when a row gets there
			}
			return nil, err
		}
		if out != in {
			if changed == nil {
				changed = slices.Clone(inputs)
			}
			changed[i] = out
		}
	}
	if changed != nil {
		e = e.WithInputs(changed)
	}
	if s, ok := e.(interface{ simplify() Expr }); ok {
		e = s.simplify()
	}
	if !foldable(e) {
		return e, nil
	}
	return foldOne(e, ctx)
}

// Compute is the value of an expression that reads no column, now() and random() included. What reads one, or waits for
// what is not known yet, comes back as it is.
func Compute(e Expr, ctx *Ctx) (Expr, error) {
	if _, ok := e.(*Literal); ok || len(Columns(e)) > 0 || waits(e) {
		return e, nil
	}
	return foldOne(e, ctx)
}

// foldable reports whether e is not a literal and can be made one.
func foldable(e Expr) bool {
	switch e.(type) {
	case *Literal, *SetCall:
		return false
	}
	return len(Columns(e)) == 0 && volatility(e) == Immutable && !waits(e)
}

// isLazy reports whether rows may do without the inputs of e behind the first.
func isLazy(e Expr) bool {
	switch e.(type) {
	case *logic, *coalesce, *caseOf:
		return true
	}
	return false
}

// EagerInputs are the inputs of e that every row reaches.
func EagerInputs(e Expr) []Expr {
	if in := e.Inputs(); isLazy(e) && len(in) > 0 {
		return in[:1]
	}
	return e.Inputs()
}

// foldOne evaluates an expression of constants. Types that no literal has are left as they are.
func foldOne(e Expr, ctx *Ctx) (Expr, error) {
	if !hasLiterals(e.Type()) {
		return e, nil
	}
	a, err := e.Eval(ctx, oneRowBatch())
	if err != nil {
		return nil, err
	}
	defer a.Release()
	v, ok := valueAt(a, 0, e.Type())
	if !ok {
		return e, nil
	}
	return NewLiteral(v, e.Type(), e.Pos()), nil
}

// oneRowBatch is a batch of one row without columns, which is all that a constant is evaluated over.
func oneRowBatch() arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
}
