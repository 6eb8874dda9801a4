package planner

import (
	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Session is what a statement may ask of the session that it runs in. A value is as expr.Literal holds it; nil is NULL.
type Session interface {
	// Value is that of a function without arguments, such as current_user.
	Value(function string) (any, bool)
	// Setting is the value of a setting; false: there is none of that name.
	Setting(name string) (string, bool)
	// SetSetting changes one, for the transaction alone where local is true, and gives its new value.
	SetSetting(name, value string, local bool, pos sqlerr.Pos) (string, error)
}

// bareSessionFunction reports whether a name that is no column is a function that is called without parentheses.
func bareSessionFunction(id *sql.Ident) bool {
	if len(id.Parts) != 1 {
		return false
	}
	switch id.Parts[0] {
	case "user", "current_role", "current_catalog", "current_schema":
		return true
	}
	return false
}

// ofSession is the value of a function on the session. It is found when the statement is planned; set_config then sets
// what it is to set, unless the statement is only explained or described.
func (e *Env) ofSession(name string, args []expr.Expr, call expr.Expr) (expr.Expr, error) {
	if e.Known != nil || e.Session == nil {
		return call, nil
	}
	pos, typ := call.Pos(), call.Type()
	values := make([]any, len(args))
	for i, a := range args {
		folded, err := expr.Fold(a, e.exprCtx())
		if err != nil {
			return nil, err
		}
		lit, ok := folded.(*expr.Literal)
		if !ok {
			return nil, sqlerr.Unsupported(a.Pos(), name+" of what is not a constant", "Write the name; pg_settings has all of them.")
		}
		values[i] = lit.Value
	}
	null := expr.NewLiteral(nil, typ, pos)
	switch name {
	case "current_schemas":
		schemas := "{public}"
		if values[0] == true {
			schemas = "{pg_catalog,public}"
		}
		return expr.NewCast(expr.NewLiteral(schemas, types.Of(types.Unknown), pos), typ, false, pos)
	case "current_setting":
		setting, ok := values[0].(string)
		if !ok {
			return null, nil
		}
		value, known := e.Session.Setting(setting)
		switch {
		case known:
			return expr.NewLiteral(value, typ, pos), nil
		case len(values) == 2 && values[1] == true:
			return null, nil
		}
		return nil, sqlerr.New(sqlerr.UndefinedObject, args[0].Pos(), "unrecognized configuration parameter %q", setting).
			WithHint("SHOW ALL lists the settings.")
	case "set_config":
		setting, ok := values[0].(string)
		if !ok {
			return nil, sqlerr.New("22004", args[0].Pos(), "SET requires parameter name")
		}
		value, _ := values[1].(string)
		value, err := e.Session.SetSetting(setting, value, values[2] == true, pos)
		return expr.NewLiteral(value, typ, pos), err
	}
	value, _ := e.Session.Value(name)
	return expr.NewLiteral(value, typ, pos), nil
}
