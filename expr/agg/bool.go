package agg

import (
	"millrace/sqlerr"
	"millrace/types"
)

var boolFunctions = []Function{
	{Name: "bool_and", Doc: "True if every value is true. NULL where there is no value.", Example: "bool_and(ripe)", ExampleResult: "false", Takes: oneBool, resolve: resolveBool("bool_and", false)},
	{Name: "every", Doc: "The same as bool_and.", Example: "every(n > 0)", ExampleResult: "true", Takes: oneBool, resolve: resolveBool("every", false)},
	{Name: "bool_or", Doc: "True if one value is true. NULL where there is no value.", Example: "bool_or(ripe)", ExampleResult: "true", Takes: oneBool, resolve: resolveBool("bool_or", true)},
}

const oneBool = "one BOOLEAN"

// resolveBool makes bool_and the smallest and bool_or the largest, false being below true.
func resolveBool(name string, largest bool) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 || args[0].Kind != types.Bool && args[0].Kind != types.Unknown {
			return Call{}, false
		}
		return extremeCall(name, largest, types.Of(types.Bool), pos), true
	}
}
