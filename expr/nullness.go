package expr

// RejectsNull reports whether a condition is not true for any row in which all columns that null names are NULL.
func RejectsNull(e Expr, null func(column int) bool) bool {
	switch e := e.(type) {
	case *logic:
		for _, a := range e.in {
			if RejectsNull(a, null) == e.and {
				return e.and
			}
		}
		return !e.and
	case *Call:
		switch e.fn.Name {
		case "is not null", "is true", "is false", "is not unknown":
			return nullIf(e.args[0], null)
		}
	}
	return nullIf(e, null)
}

// nullIf reports whether e is NULL in such a row.
func nullIf(e Expr, null func(column int) bool) bool {
	switch e := e.(type) {
	case *Column:
		return null(e.Index)
	case *Call:
		if !e.overload.Strict {
			return false
		}
		for _, a := range e.args {
			if nullIf(a, null) {
				return true
			}
		}
		return false
	case *cast:
		return nullIf(e.x, null)
	case *inList:
		return nullIf(e.in[0], null)
	}
	return isNull(e)
}

// SplitOr takes OR apart: the conditions of which one must hold.
func SplitOr(e Expr) []Expr {
	if l, ok := e.(*logic); ok && !l.and {
		return l.in
	}
	return []Expr{e}
}

// Or puts conditions together, of which there is one at least.
func Or(es []Expr) Expr {
	if len(es) == 1 {
		return es[0]
	}
	return newLogic("or", es, es[0].Pos())
}
