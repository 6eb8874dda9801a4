package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// sessionFunctions tell of the session that a statement runs in, and change its settings. They have no kernels: the
// planner asks the session for their values (planner.Session) and puts these in their places.
var sessionFunctions = []Function{
	sessionFunction("current_user", "The user of the session.", "current_user", "millrace", types.SysOf(types.SysName)),
	sessionFunction("session_user", "The user who has logged in.", "session_user", "millrace", types.SysOf(types.SysName)),
	sessionFunction("user", "The user of the session.", "user", "millrace", types.SysOf(types.SysName)),
	sessionFunction("current_role", "The user of the session.", "current_role", "millrace", types.SysOf(types.SysName)),
	sessionFunction("current_database", "The name of the database.", "current_database()", "millrace", types.SysOf(types.SysName)),
	sessionFunction("current_catalog", "The name of the database.", "current_catalog", "millrace", types.SysOf(types.SysName)),
	sessionFunction("current_schema", "The schema of names that are written without one.", "current_schema()", "public", types.SysOf(types.SysName)),
	sessionFunction("current_schemas", "The schemas in which names without one are looked for; with true those too that nobody has named.", "current_schemas(true)", "{pg_catalog,public}", types.ArrayOf(types.SysOf(types.SysName)), types.Bool),
	sessionFunction("version", "The version of the server.", "version() LIKE 'PostgreSQL 15%'", "t", types.Of(types.Text)),
	sessionFunction("pg_backend_pid", "The number of the session.", "pg_backend_pid() > 0", "t", types.Of(types.Int32)),
	sessionFunction("inet_client_addr", "The address that the client has connected from; NULL where it is not over a network.", "inet_client_addr() IS NULL", "t", types.Of(types.Text)),
	sessionFunction("inet_client_port", "The port that the client has connected from.", "inet_client_port() IS NULL", "t", types.Of(types.Int32)),
	sessionFunction("inet_server_addr", "The address that the client has connected to.", "inet_server_addr() IS NULL", "t", types.Of(types.Text)),
	sessionFunction("inet_server_port", "The port that the client has connected to.", "inet_server_port() IS NULL", "t", types.Of(types.Int32)),
	{Name: "current_setting", Group: "The session", Doc: "The value of a setting. With true, NULL where there is none of that name.", Example: "current_setting('server_encoding')", ExampleResult: "UTF8",
		Overloads: []Overload{
			{Args: []types.Kind{types.Text}, Result: types.Text, Volatility: Stable, Kernel: ofSession},
			{Args: []types.Kind{types.Text, types.Bool}, Result: types.Text, Volatility: Stable, Kernel: ofSession},
		}},
	sessionFunction("set_config", "Sets a setting, for the transaction alone where the third argument is true, and gives its value.", "set_config('application_name', 'report', false)", "report", types.Of(types.Text), types.Text, types.Text, types.Bool),
}

func sessionFunction(name, doc, example, result string, typ types.Type, args ...types.Kind) Function {
	return Function{Name: name, Group: "The session", Doc: doc, Example: example, ExampleResult: result,
		Overloads: []Overload{{Args: args, Result: typ.Kind, Type: func([]types.Type) types.Type { return typ }, Volatility: Stable, Kernel: ofSession}}}
}

// SessionFunctions lists them.
func SessionFunctions() []Function { return sessionFunctions }

// OfSession reports whether a call is one of them, and gives its name and its arguments.
func OfSession(e Expr) (name string, args []Expr, ok bool) {
	c, ok := e.(*Call)
	if !ok || c.fn.Group != "The session" {
		return "", nil, false
	}
	return c.fn.Name, c.args, true
}

// ofSession fails: the value was to be put in the call's place.
func ofSession(in *Input) (arrow.Array, error) {
	return nil, sqlerr.New(sqlerr.FeatureNotSupported, in.call.pos, "%s can't be asked here, as there is no session", in.call.fn.Name).
		WithHint("Ask it in a query of its own.")
}
