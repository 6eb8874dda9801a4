package expr

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

const (
	catalogGroup    = "Catalog"
	privilegesGroup = "Privileges"
	serverGroup     = "Server"
)

var (
	oidType  = types.SysOf(types.SysOID)
	nameType = types.SysOf(types.SysName)
	textType = types.Of(types.Text)
)

// catalogFunctions give names of what the catalog has by OID, and the other way round.
var catalogFunctions = []Function{
	{Name: "format_type", Group: catalogGroup, Doc: "The name of the type of an OID, with the digits or length of a modifier of pg_attribute.", Example: "format_type(1700, 655366)", ExampleResult: "numeric(10,2)",
		Overloads: []Overload{{Args: []types.Kind{oidArg, types.Int32}, Result: types.Text, Volatility: Stable, Kernel: formatType}}},
	{Name: "pg_get_userbyid", Group: catalogGroup, Doc: "The name of the user of an OID.", Example: "pg_get_userbyid(10)", ExampleResult: "mira",
		Overloads: []Overload{ofObject([]types.Kind{oidArg}, nameType, func(o Objects, oid uint32) (string, bool) {
			if name, ok := o.Name(types.SysRegRole, oid); ok {
				return name, true
			}
			return fmt.Sprintf("unknown (OID=%d)", oid), true
		})}},
	toReg("to_regclass", "table, view or index", "to_regclass('bids')", "bids", types.SysRegClass),
	toReg("to_regtype", "type", "to_regtype('int4')", "integer", types.SysRegType),
	toReg("to_regnamespace", "schema", "to_regnamespace('nothing')", "NULL", types.SysRegNamespace),
	toReg("to_regrole", "user", "to_regrole('nobody')", "NULL", types.SysRegRole),
	toReg("to_regproc", "function", "to_regproc('nothing')", "NULL", types.SysRegProc),
	toReg("to_regprocedure", "function", "to_regprocedure('nothing')", "NULL", types.SysRegProcedure),
	toReg("to_regoper", "operator", "to_regoper('nothing')", "NULL", types.SysRegOper),
	toReg("to_regoperator", "operator", "to_regoperator('nothing')", "NULL", types.SysRegOperator),
	toReg("to_regcollation", "collation", "to_regcollation('nothing')", "NULL", types.SysRegCollation),
	{Name: "obj_description", Group: catalogGroup, Doc: "What is said about an object of a relation of pg_catalog; NULL: nothing.", Example: "obj_description(0, 'pg_class')", ExampleResult: "NULL",
		Overloads: []Overload{
			described([]types.Kind{oidArg, types.Text}, func(in *Input) func(i int) (string, int) {
				relation := in.text(1)
				return func(i int) (string, int) { return string(relation.at(i)), 0 }
			}),
			described([]types.Kind{oidArg}, func(*Input) func(int) (string, int) { return func(int) (string, int) { return "", 0 } }),
		}},
	{Name: "shobj_description", Group: catalogGroup, Doc: "The same of an object that all databases share.", Example: "shobj_description(10, 'pg_authid')", ExampleResult: "NULL",
		Overloads: []Overload{described([]types.Kind{oidArg, types.Text}, func(in *Input) func(i int) (string, int) {
			relation := in.text(1)
			return func(i int) (string, int) { return string(relation.at(i)), 0 }
		})}},
	{Name: "col_description", Group: catalogGroup, Doc: "What is said about a column of a table, by its number; NULL: nothing.", Example: "col_description('bids'::regclass, 1)", ExampleResult: "NULL",
		Overloads: []Overload{described([]types.Kind{oidArg, types.Int32}, func(in *Input) func(i int) (string, int) {
			part := col[int32](in, 1)
			return func(i int) (string, int) { return "pg_class", int(part.at(i)) }
		})}},
	{Name: "pg_encoding_to_char", Group: catalogGroup, Doc: "The name of an encoding by its number.", Example: "pg_encoding_to_char(6)", ExampleResult: "UTF8",
		Overloads: []Overload{{Args: []types.Kind{types.Int32}, Type: fixedType(nameType), Strict: true, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
			n := col[int32](in, 0)
			return in.textRows(func(dst []byte, i int) ([]byte, error) { return append(dst, charsets[n.at(i)]...), nil })
		}}}},
	{Name: "pg_char_to_encoding", Group: catalogGroup, Doc: "The number of an encoding by its name; -1 where there is none such here.", Example: "pg_char_to_encoding('UTF8')", ExampleResult: "6",
		Overloads: []Overload{{Args: []types.Kind{types.Text}, Result: types.Int32, Strict: true, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
			name := in.text(0)
			return fixedRows(in, 4, func(i int) (int32, error) {
				for n, charset := range charsets {
					if strings.EqualFold(charset, string(name.at(i))) {
						return n, nil
					}
				}
				return -1, nil
			})
		}}}},
}

// charsets are the encodings of PostgreSQL's numbers that a client may meet here.
var charsets = map[int32]string{0: "SQL_ASCII", 6: "UTF8", 8: "LATIN1"}

// formatType is not strict: without a modifier it is the bare name.
func formatType(in *Input) (arrow.Array, error) {
	o, err := in.objects()
	if err != nil {
		return nil, err
	}
	oid, mod, hasOID, hasMod := col[int64](in, 0), col[int32](in, 1), in.present(0), in.present(1)
	return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
		if !hasOID.at(i) {
			return dst, false, nil
		}
		t := uint32(oid.at(i))
		switch m := mod.at(i); {
		case t == 0:
			return append(dst, '-'), true, nil
		case hasMod.at(i) && m >= 0:
			if s := types.WithModifier(t, int(m)); s != "" {
				return append(dst, s...), true, nil
			}
		}
		name, ok := types.SQLNameOf(t)
		if !ok {
			name, ok = o.Name(types.SysRegType, t) // of the rows of a table
		}
		if ok {
			return append(dst, name...), true, nil
		}
		return append(dst, "???"...), true, nil
	})
}

// toReg finds an object by its name: NULL where the cast would fail.
func toReg(name, what, example, result string, sys types.Sys) Function {
	return Function{Name: name, Group: catalogGroup, Doc: "The " + what + " of a name; NULL where there is none.", Example: example, ExampleResult: result,
		Overloads: []Overload{{Args: []types.Kind{types.Text}, Type: fixedType(types.SysOf(sys)), Volatility: Stable, Kernel: numbersOf(func(in *Input, o Objects) func(int) (int64, bool, error) {
			text := in.text(0)
			return func(i int) (int64, bool, error) {
				oid, err := o.OID(sys, strings.TrimSpace(string(text.at(i))))
				return int64(oid), err == nil, nil
			}
		})}}}
}

// described is a function of an object's OID, with what says of which relation and column it is.
func described(args []types.Kind, which func(in *Input) func(i int) (relation string, part int)) Overload {
	return Overload{Args: args, Result: types.Text, Volatility: Stable, Kernel: textsOf(func(in *Input, o Objects) func(i int) (string, bool, error) {
		oid, of := col[int64](in, 0), which(in)
		return func(i int) (string, bool, error) {
			relation, part := of(i)
			s, ok := o.Description(relation, uint32(oid.at(i)), part)
			return s, ok, nil
		}
	})}
}

// visibilityFunctions tell what a name without a schema finds.
var visibilityFunctions = []Function{
	visibility("pg_table_is_visible", "table, view or index", "pg_table_is_visible('bids'::regclass)", "true", types.SysRegClass),
	visibility("pg_type_is_visible", "type", "pg_type_is_visible(23)", "true", types.SysRegType),
	visibility("pg_function_is_visible", "function", "pg_function_is_visible(0)", "NULL", types.SysRegProc),
	visibility("pg_operator_is_visible", "operator", "pg_operator_is_visible(0)", "NULL", types.SysRegOper),
	visibility("pg_collation_is_visible", "collation", "pg_collation_is_visible(0)", "NULL", types.SysRegCollation),
	visibility("pg_ts_config_is_visible", "text search configuration", "pg_ts_config_is_visible(0)", "NULL", types.SysRegConfig),
	visibility("pg_ts_dict_is_visible", "text search dictionary", "pg_ts_dict_is_visible(0)", "NULL", types.SysRegDictionary),
	builtIn("pg_opclass_is_visible", "operator class"),
	builtIn("pg_opfamily_is_visible", "operator family"),
	builtIn("pg_conversion_is_visible", "conversion"),
	builtIn("pg_statistics_obj_is_visible", "statistics object"),
	builtIn("pg_ts_parser_is_visible", "text search parser"),
	builtIn("pg_ts_template_is_visible", "text search template"),
}

func visibility(name, what, example, result string, sys types.Sys) Function {
	return Function{Name: name, Group: catalogGroup, Doc: "Whether a " + what + " is found by its name without its schema; NULL where there is none of that OID.", Example: example, ExampleResult: result,
		Overloads: []Overload{{Args: []types.Kind{oidArg}, Result: types.Bool, Volatility: Stable, Kernel: flagsOf(func(in *Input, o Objects) func(int) (bool, bool, error) {
			oid := col[int64](in, 0)
			return func(i int) (bool, bool, error) {
				visible, exists := o.Visible(sys, uint32(oid.at(i)))
				return visible, exists, nil
			}
		})}}}
}

// builtIn is the visibility of what only the system schema has, and is therefore always found.
func builtIn(name, what string) Function {
	return Function{Name: name, Group: catalogGroup, Doc: "Whether a " + what + " is found by its name without its schema: those that there are all come with the system.", Example: name + "(1)", ExampleResult: "true",
		Overloads: []Overload{{Args: []types.Kind{oidArg}, Result: types.Bool, Strict: true, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
			return in.boolRows(func(int) (bool, error) { return true, nil })
		}}}}
}
