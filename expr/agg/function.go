package agg

import (
	"slices"
	"strings"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// Function is an aggregate function as the manual has it.
type Function struct {
	Name, Doc     string
	Example       string // a call over the rows of ExampleRows
	ExampleResult string // as text; NULL as such
	Takes         string // its arguments in words
	// Retracts: it takes rows back, so it can follow updates and deletes. With DISTINCT or ORDER BY none does.
	Retracts bool
	// Ordered: the order of its rows makes a difference, so that it takes ORDER BY seriously.
	Ordered bool
	// Within: it is written name(…) WITHIN GROUP (ORDER BY argument).
	Within bool
	// Fraction: it takes a constant from 0 to 1, or an array of such: before WITHIN GROUP, or as its last argument.
	Fraction bool
	// resolve makes the call for these arguments; false: it does not take them.
	resolve func(args []types.Type, pos sqlerr.Pos) (Call, bool)
	// resolveFraction is resolve of a function that has Fraction.
	resolveFraction func(args []types.Type, f Fractions, pos sqlerr.Pos) (Call, bool)
}

// ExampleRows is what the examples are calls over.
const ExampleRows = `VALUES (1, 'pear', 1.5, true), (2, 'fig', 2.5, false), (2, NULL, NULL, true), (4, 'fig', 8.0, NULL)`

// ExampleColumns are the names of its columns.
const ExampleColumns = "n, fruit, price, ripe"

// Fractions are constants from 0 to 1; NaN stands for NULL.
type Fractions struct {
	Values []float64
	Array  bool // the result is an array too; else there is one value
}

// Modifiers is what a call has besides its arguments.
type Modifiers struct {
	Distinct  bool
	OrderBy   []Order      // over the arguments and what follows them
	Extra     []types.Type // of what follows them, which only OrderBy needs
	Fractions Fractions
}

// Functions lists the aggregate functions, by topic.
func Functions() []Function {
	return slices.Concat(countFunctions, sumFunctions, avgFunctions, minmaxFunctions, argFunctions, boolFunctions, bitFunctions, varianceFunctions,
		pickFunctions, listFunctions, jsonFunctions, percentileFunctions, regressionFunctions, sketchFunctions)
}

// Names lists the aggregate functions' names.
func Names() []string {
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	return names
}

// Lookup finds a function by its name in lower case.
func Lookup(name string) (Function, bool) {
	all := Functions()
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return all[i], true
}

// IsAggregate reports whether name, in lower case, is that of an aggregate function.
func IsAggregate(name string) bool {
	_, ok := Lookup(name)
	return ok
}

// Resolve finds the aggregate for a call at pos; see ResolveCall.
func Resolve(name string, args []types.Type, distinct bool, pos sqlerr.Pos) (Call, error) {
	return ResolveCall(name, args, Modifiers{Distinct: distinct}, pos)
}

// ResolveCall finds the aggregate for a call at pos. The arguments must be coerced to the types of Call.Args, whose last
// are those of m.Extra. count(*) is count of no arguments; that of a WITHIN GROUP is what it orders by. A DISTINCT that
// changes nothing, as in max, is left out, and so is an ORDER BY; else DISTINCT is part of Call.Name
// ("count_distinct"). It fails with 42883 where there is no such function, or none for these arguments.
func ResolveCall(name string, args []types.Type, m Modifiers, pos sqlerr.Pos) (Call, error) {
	f, ok := Lookup(name)
	if !ok {
		err := sqlerr.New(sqlerr.UndefinedFunction, pos, "aggregate function %s does not exist", signature(name, args))
		err.Hint = sqlerr.Suggest(name, Names())
		return Call{}, err
	}
	var c Call
	if f.Fraction {
		c, ok = f.resolveFraction(args, m.Fractions, pos)
	} else {
		c, ok = f.resolve(args, pos)
	}
	if !ok {
		return Call{}, sqlerr.New(sqlerr.UndefinedFunction, pos, "function %s does not exist", signature(name, args)).
			WithHint("%s takes %s.", name, f.Takes)
	}
	c.Name, c.Retracts, c.Fractions = name, f.Retracts, m.Fractions
	if f.Within {
		c.Within = true
		return orderWithin(c, m.OrderBy), nil
	}
	distinct := m.Distinct && duplicatesMatter(name)
	if m.Distinct && len(args) == 0 {
		return Call{}, sqlerr.New(sqlerr.UndefinedFunction, pos, "count(DISTINCT *) does not exist").
			WithHint("Name a column: count(DISTINCT column).")
	}
	by := m.OrderBy
	if !f.Ordered {
		by = nil
	} else if distinct {
		var err error
		if by, err = byAll(by, c.Args, pos); err != nil {
			return Call{}, err
		}
	}
	if len(by) > 0 {
		ordered := orderedCall(c, by, m.Extra, pos)
		ordered.Name, ordered.Extra = name, len(m.Extra)
		c = ordered
	}
	if distinct {
		c = distinctCall(c, pos)
	}
	return c, nil
}

// byAll adds to the keys of an order the arguments that are not among them: as PostgreSQL does it, the rows of a
// DISTINCT come in the order of its arguments.
func byAll(by []Order, args []types.Type, pos sqlerr.Pos) ([]Order, error) {
	by = slices.Clone(by)
	for i, t := range args {
		if slices.ContainsFunc(by, func(o Order) bool { return o.Arg == i }) {
			continue
		}
		if !ordered(t) {
			return nil, sqlerr.New(sqlerr.UndefinedFunction, pos, "there is no order of values of type %s, which DISTINCT needs here", t).
				WithHint("Make it text: CAST(… AS TEXT).")
		}
		by = append(by, Order{Arg: i})
	}
	return by, nil
}

// ordered reports whether values of t can be put in order: nested values by their parts, JSON not.
func ordered(t types.Type) bool {
	return t.Kind != types.JSON && t.Kind != types.Unknown && expr.HasOrder(t)
}

// duplicatesMatter reports whether an aggregate of the same value twice is another than of that value once.
func duplicatesMatter(name string) bool {
	switch name {
	case "min", "max", "arg_min", "arg_max", "min_by", "max_by", "bool_and", "bool_or", "every", "bit_and", "bit_or", "any_value", "approx_count_distinct":
		return false
	}
	return true
}

// DuplicatesMatter reports whether the aggregate of the same value twice is another than of that value once.
func (c Call) DuplicatesMatter() bool {
	return duplicatesMatter(c.Name) && !strings.HasSuffix(c.Name, "_distinct")
}

func signature(name string, args []types.Type) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = strings.ToLower(a.String())
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}
