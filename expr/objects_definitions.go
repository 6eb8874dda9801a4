package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// definitionFunctions print objects as SQL.
var definitionFunctions = []Function{
	{Name: "pg_get_viewdef", Group: catalogGroup, Doc: "The query of a view, as it was written. How it is to be laid out does not matter.", Example: "pg_get_viewdef('big_bids'::regclass, true)", ExampleResult: "SELECT * FROM bids WHERE price > 100",
		Overloads: []Overload{
			definition(ViewDef, oidArg), definition(ViewDef, oidArg, types.Bool), definition(ViewDef, oidArg, types.Int32),
			viewByName(types.Text), viewByName(types.Text, types.Bool),
		}},
	{Name: "pg_get_indexdef", Group: catalogGroup, Doc: "The CREATE INDEX of an index, or the name of one of its columns, by its number.", Example: "pg_get_indexdef('bids_pkey'::regclass, 1, true)", ExampleResult: "id",
		Overloads: []Overload{definition(IndexDef, oidArg), partDefinition(IndexDef, oidArg, types.Int32, types.Bool)}},
	{Name: "pg_get_constraintdef", Group: catalogGroup, Doc: "A constraint as CREATE TABLE takes it.", Example: "pg_get_constraintdef(16390)", ExampleResult: "PRIMARY KEY (id)",
		Overloads: []Overload{definition(ConstraintDef, oidArg), definition(ConstraintDef, oidArg, types.Bool)}},
	{Name: "pg_get_functiondef", Group: catalogGroup, Doc: "The CREATE FUNCTION of a function; NULL of those that come with the system.", Example: "pg_get_functiondef(0)", ExampleResult: "NULL",
		Overloads: []Overload{definition(FunctionDef, oidArg)}},
	{Name: "pg_get_function_arguments", Group: catalogGroup, Doc: "The types of a function's arguments.", Example: "pg_get_function_arguments(0)", ExampleResult: "NULL",
		Overloads: []Overload{definition(FunctionArguments, oidArg)}},
	{Name: "pg_get_function_identity_arguments", Group: catalogGroup, Doc: "The types of a function's arguments.", Example: "pg_get_function_identity_arguments(0)", ExampleResult: "NULL",
		Overloads: []Overload{definition(FunctionArguments, oidArg)}},
	{Name: "pg_get_function_result", Group: catalogGroup, Doc: "The type of what a function gives.", Example: "pg_get_function_result(0)", ExampleResult: "NULL",
		Overloads: []Overload{definition(FunctionResult, oidArg)}},
	{Name: "pg_get_expr", Group: catalogGroup, Doc: "An expression that the catalog keeps, as text.", Example: "pg_get_expr('1 + 1'::pg_node_tree, 0)", ExampleResult: "1 + 1",
		Overloads: []Overload{kept(nodeTree, oidArg), kept(nodeTree, oidArg, types.Bool)}},
	{Name: "pg_get_serial_sequence", Group: catalogGroup, Doc: "The sequence of a column: NULL, as no column has one. The table must be there.", Example: "pg_get_serial_sequence('bids', 'id')", ExampleResult: "NULL",
		Overloads: []Overload{{Args: []types.Kind{types.Text, types.Text}, Result: types.Text, Fails: true, Volatility: Stable, Kernel: textsOf(func(in *Input, o Objects) func(int) (string, bool, error) {
			table := in.text(0)
			return func(i int) (string, bool, error) {
				_, err := o.OID(types.SysRegClass, string(table.at(i)))
				return "", false, err
			}
		})}}},
	nothing("pg_get_ruledef", "rules", []types.Kind{oidArg}, []types.Kind{oidArg, types.Bool}),
	nothing("pg_get_triggerdef", "triggers", []types.Kind{oidArg}, []types.Kind{oidArg, types.Bool}),
	nothing("pg_get_partkeydef", "partitioned tables", []types.Kind{oidArg}),
	nothing("pg_get_partition_constraintdef", "partitions", []types.Kind{oidArg}),
	nothing("pg_get_statisticsobjdef", "statistics objects", []types.Kind{oidArg}),
	nothing("pg_get_statisticsobjdef_columns", "statistics objects", []types.Kind{oidArg}),
	nothing("pg_get_function_sqlbody", "functions with a body in SQL", []types.Kind{oidArg}),
	nothing("pg_get_function_arg_default", "defaults of arguments", []types.Kind{oidArg, types.Int32}),
}

// definition is a text of the object of an OID.
func definition(what Definition, args ...types.Kind) Overload {
	return ofObject(args, textType, func(o Objects, oid uint32) (string, bool) { return o.Definition(what, oid, 0) })
}

// partDefinition is that of a part of it, whose number is the second argument.
func partDefinition(what Definition, args ...types.Kind) Overload {
	return Overload{Args: args, Result: types.Text, Volatility: Stable, Kernel: textsOf(func(in *Input, o Objects) func(int) (string, bool, error) {
		oid, part := col[int64](in, 0), col[int32](in, 1)
		return func(i int) (string, bool, error) {
			s, ok := o.Definition(what, uint32(oid.at(i)), int(part.at(i)))
			return s, ok, nil
		}
	})}
}

// viewByName is the query of a view by its name, which must be there.
func viewByName(args ...types.Kind) Overload {
	return Overload{Args: args, Result: types.Text, Fails: true, Volatility: Stable, Kernel: textsOf(func(in *Input, o Objects) func(int) (string, bool, error) {
		name := in.text(0)
		return func(i int) (string, bool, error) {
			oid, err := o.OID(types.SysRegClass, string(name.at(i)))
			if err != nil {
				return "", false, err
			}
			s, ok := o.Definition(ViewDef, oid, 0)
			return s, ok, nil
		}
	})}
}

// kept is the first argument as it is.
func kept(args ...types.Kind) Overload {
	return Overload{Args: args, Result: types.Text, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		text := in.text(0)
		return in.textRows(func(dst []byte, i int) ([]byte, error) { return append(dst, text.at(i)...), nil })
	}}
}

// nothing is a function of objects that there are none of: PostgreSQL's own is NULL for an OID that is nothing's.
func nothing(name, what string, args ...[]types.Kind) Function {
	f := Function{Name: name, Group: catalogGroup, Doc: "NULL: there are no " + what + ".", ExampleResult: "NULL", Example: name + "(16384)"}
	for _, a := range args {
		f.Overloads = append(f.Overloads, Overload{Args: a, Result: types.Text, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
			return nullArray(in.Mem, textType, in.N), nil
		}})
		if len(a) > 1 && a[1] == types.Int32 {
			f.Example = name + "(16384, 1)"
		}
	}
	return f
}
