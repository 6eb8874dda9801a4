package over

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/sqlerr"
	"millrace/types"
)

// Function is a window function as the manual has it.
type Function struct {
	Name, Doc string
	// Example is an expression over Examples, and Result what it gives for its rows, in the order of i.
	Example, Result string
	Takes           string // its arguments in words
	nulls           bool   // it takes IGNORE NULLS
	// resolve gives the types that the arguments are brought to and the result's; false: it does not take them.
	resolve func(args []types.Type) (want []types.Type, result types.Type, ok bool)
	eval    func(*Input) (arrow.Array, error)
}

// Examples is what the examples are computed over.
const Examples = "(VALUES (1, 'a', 10), (2, 'a', 10), (3, 'a', 30), (4, 'b', NULL), (5, 'b', 50)) AS t (i, k, v)"

// Functions lists the window functions that are no aggregates, by topic.
func Functions() []Function { return slices.Concat(rankFunctions, valueFunctions) }

// IsWindow reports whether name, in lower case, is that of a window function that is no aggregate.
func IsWindow(name string) bool {
	return slices.ContainsFunc(Functions(), func(f Function) bool { return f.Name == name })
}

// Aggregate makes an aggregate a window function.
func Aggregate(c agg.Call, at sqlerr.Pos) Call {
	return Call{Name: c.Name, Args: c.Args, Result: c.Result, At: at, aggregate: &c}
}

// Resolve finds the window function that is no aggregate for a call at pos. The arguments must be coerced to the types of
// Call.Args. It fails with 42883 where there is none for these arguments.
func Resolve(name string, args []types.Type, ignoreNulls bool, pos sqlerr.Pos) (Call, error) {
	all := Functions()
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		err := sqlerr.New(sqlerr.UndefinedFunction, pos, "window function %s does not exist", signature(name, args))
		names := agg.Names()
		for _, f := range all {
			names = append(names, f.Name)
		}
		err.Hint = sqlerr.Suggest(name, names)
		return Call{}, err
	}
	f := all[i]
	want, result, ok := f.resolve(args)
	if !ok {
		return Call{}, sqlerr.New(sqlerr.UndefinedFunction, pos, "function %s does not exist", signature(name, args)).
			WithHint("%s takes %s.", name, f.Takes)
	}
	if ignoreNulls && !f.nulls {
		return Call{}, sqlerr.New(sqlerr.SyntaxError, pos, "%s does not take IGNORE NULLS", name).
			WithHint("lag, lead, first_value, last_value and nth_value do.")
	}
	return Call{Name: name, Args: want, Result: result, IgnoreNulls: ignoreNulls, At: pos, eval: f.eval}, nil
}

func signature(name string, args []types.Type) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = strings.ToLower(a.String())
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// known is a type for a NULL or a literal that nothing gives one.
func known(t types.Type) types.Type {
	if t.Kind == types.Unknown {
		return types.Of(types.Text)
	}
	return t
}

// whole reports whether an argument can be an INT.
func whole(t types.Type) bool {
	switch t.Kind {
	case types.Int16, types.Int32, types.Unknown:
		return true
	}
	return false
}

func noArgs(result types.Kind) func([]types.Type) ([]types.Type, types.Type, bool) {
	return func(args []types.Type) ([]types.Type, types.Type, bool) {
		return nil, types.Of(result), len(args) == 0
	}
}

// common is the type that a value and its default are brought to.
func common(value, def types.Type) (types.Type, bool) {
	return expr.CommonType([]types.Type{known(value), def})
}
