package expr

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// securable is a kind of objects that PostgreSQL has privileges of. Here every user may do everything, so that what is left
// to check is whether there is such a user, object and privilege.
type securable struct {
	name, what string
	sys        types.Sys // Plain: objects of this kind have no names to look up
	words      []string
	example    string
}

var securables = []securable{
	{"has_table_privilege", "a table or view", types.SysRegClass, []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}, "'bids', 'SELECT'"},
	{"has_any_column_privilege", "some column of a table or view", types.SysRegClass, []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}, "'bids', 'SELECT'"},
	{"has_sequence_privilege", "a sequence", types.SysRegClass, []string{"USAGE", "SELECT", "UPDATE"}, "0, 'USAGE'"},
	{"has_schema_privilege", "a schema", types.SysRegNamespace, []string{"CREATE", "USAGE"}, "'public', 'USAGE'"},
	{"has_function_privilege", "a function", types.SysRegProcedure, []string{"EXECUTE"}, "0, 'EXECUTE'"},
	{"has_type_privilege", "a type", types.SysRegType, []string{"USAGE"}, "'int4', 'USAGE'"},
	{"has_database_privilege", "a database", types.Plain, []string{"CREATE", "TEMPORARY", "TEMP", "CONNECT"}, "'millrace', 'CONNECT'"},
	{"has_language_privilege", "a language", types.Plain, []string{"USAGE"}, "'sql', 'USAGE'"},
	{"has_tablespace_privilege", "a tablespace", types.Plain, []string{"CREATE"}, "'pg_default', 'CREATE'"},
	{"has_foreign_data_wrapper_privilege", "a foreign data wrapper", types.Plain, []string{"USAGE"}, "'none', 'USAGE'"},
	{"has_server_privilege", "a foreign server", types.Plain, []string{"USAGE"}, "'none', 'USAGE'"},
	{"pg_has_role", "a role", types.SysRegRole, []string{"USAGE", "MEMBER"}, "'mira', 'USAGE'"},
}

// privilegeFunctions tell whether a user may do something.
var privilegeFunctions = append(securableFunctions(), Function{
	Name: "has_column_privilege", Group: privilegesGroup, Doc: "Whether a user, or the one of the session, has a privilege on a column of a table, by its name or number. Every user has all.",
	Example: "has_column_privilege('bids', 'id', 'SELECT')", ExampleResult: "true", Overloads: columnPrivileges(),
})

func securableFunctions() []Function {
	var out []Function
	for _, s := range securables {
		f := Function{Name: s.name, Group: privilegesGroup, Doc: "Whether a user, or the one of the session, has a privilege on " + s.what + ", by its name or OID. Every user has all; NULL where there is nothing of that OID.",
			Example: s.name + "(" + s.example + ")", ExampleResult: "true"}
		if s.example[0] == '0' {
			f.ExampleResult = "NULL"
		}
		for _, object := range []types.Kind{types.Text, oidArg} {
			f.Overloads = append(f.Overloads, s.overload(object, types.Text), s.overload(types.Text, object, types.Text), s.overload(oidArg, object, types.Text))
		}
		out = append(out, f)
	}
	return out
}

func columnPrivileges() []Overload {
	s := securable{sys: types.SysRegClass, words: []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}}
	var out []Overload
	for _, table := range []types.Kind{types.Text, oidArg} {
		for _, column := range []types.Kind{types.Text, types.Int16} {
			for _, args := range [][]types.Kind{{table, column, types.Text}, {types.Text, table, column, types.Text}, {oidArg, table, column, types.Text}} {
				out = append(out, s.at(len(args)-3, args...))
			}
		}
	}
	return out
}

// overload is of arguments that end with the object and the privilege.
func (s securable) overload(args ...types.Kind) Overload { return s.at(len(args)-2, args...) }

// at is of arguments of which number object is the object, the one before it, if any, the user, and the last the privilege.
func (s securable) at(object int, args ...types.Kind) Overload {
	return Overload{Args: args, Result: types.Bool, Fails: true, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
		o, err := in.objects()
		if err != nil {
			return nil, err
		}
		has, words := in.allPresent(), in.text(len(args)-1)
		exists := make([]func(i int) (bool, error), 0, 2)
		if object > 0 {
			exists = append(exists, in.existing(o, 0, types.SysRegRole))
		}
		if s.sys != types.Plain {
			exists = append(exists, in.existing(o, object, s.sys))
		}
		return in.nullableBools(func(i int) (bool, bool, error) {
			if !has(i) {
				return false, false, nil
			}
			if err := s.check(string(words.at(i))); err != nil {
				return false, false, at(err, in.call.pos)
			}
			for _, there := range exists {
				if ok, err := there(i); !ok || err != nil {
					return false, false, at(err, in.call.pos)
				}
			}
			return true, true, nil
		})
	}}
}

// check is the error about a list of privileges, one of which there is not.
func (s securable) check(words string) error {
	for _, w := range strings.Split(words, ",") {
		word := strings.ToUpper(strings.TrimSpace(w))
		word = strings.TrimSuffix(strings.TrimSuffix(word, " WITH GRANT OPTION"), " WITH ADMIN OPTION")
		if !slices.Contains(s.words, word) {
			return sqlerr.New(sqlerr.InvalidParameterValue, 0, "unrecognized privilege type: %q", strings.TrimSpace(w)).WithHint("There is %s.", strings.Join(s.words, ", "))
		}
	}
	return nil
}

// existing reports whether argument k is the name or the OID of an object. A name of none is an error.
func (in *Input) existing(o Objects, k int, sys types.Sys) func(i int) (bool, error) {
	if in.call.args[k].Type().Kind == types.Text {
		name := in.text(k)
		return func(i int) (bool, error) {
			s := string(name.at(i))
			if sys == types.SysRegRole && s == "public" { // everybody
				return true, nil
			}
			_, err := o.OID(sys, s)
			return err == nil, err
		}
	}
	oid := col[int64](in, k)
	return func(i int) (bool, error) {
		_, ok := o.Name(sys, uint32(oid.at(i)))
		return ok, nil
	}
}
