package agg

import (
	"slices"
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// Function is an aggregate function as the manual has it.
type Function struct {
	Name, Doc, Example string
	takes              string // its arguments in words
	// resolve makes the call for these arguments; false: it does not take them.
	resolve func(args []types.Type, pos sqlerr.Pos) (Call, bool)
}

// Functions lists the aggregate functions, by topic.
func Functions() []Function {
	return slices.Concat(countFunctions, sumFunctions, avgFunctions, minmaxFunctions, argFunctions, boolFunctions, bitFunctions, varianceFunctions)
}

// Names lists the aggregate functions' names.
func Names() []string {
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	return names
}

// IsAggregate reports whether name, in lower case, is that of an aggregate function.
func IsAggregate(name string) bool { return slices.Contains(Names(), name) }

// Resolve finds the aggregate for a call at pos. The arguments must be coerced to the types of Call.Args. count(*) is
// count of no arguments. A DISTINCT that changes nothing, as in max, is left out; else it is part of Call.Name
// ("count_distinct"). It fails with 42883 where there is no such function, or none for these arguments.
func Resolve(name string, args []types.Type, distinct bool, pos sqlerr.Pos) (Call, error) {
	all := Functions()
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		err := sqlerr.New(sqlerr.UndefinedFunction, pos, "aggregate function %s does not exist", signature(name, args))
		err.Hint = sqlerr.Suggest(name, Names())
		return Call{}, err
	}
	f := all[i]
	c, ok := f.resolve(args, pos)
	if !ok {
		return Call{}, sqlerr.New(sqlerr.UndefinedFunction, pos, "function %s does not exist", signature(name, args)).
			WithHint("%s takes %s.", name, f.takes)
	}
	c.Name = name
	if !distinct {
		return c, nil
	}
	if len(args) == 0 {
		return Call{}, sqlerr.New(sqlerr.UndefinedFunction, pos, "count(DISTINCT *) does not exist").
			WithHint("Name a column: count(DISTINCT column).")
	}
	if duplicatesMatter(name) {
		c = distinctCall(c, pos)
	}
	return c, nil
}

// duplicatesMatter reports whether an aggregate of the same value twice is another than of that value once.
func duplicatesMatter(name string) bool {
	switch name {
	case "min", "max", "arg_min", "arg_max", "min_by", "max_by", "bool_and", "bool_or", "every", "bit_and", "bit_or":
		return false
	}
	return true
}

func signature(name string, args []types.Type) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = strings.ToLower(a.String())
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}
