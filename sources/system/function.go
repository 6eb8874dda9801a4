package system

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
)

// function is a row of pg_proc.
type function struct {
	oid        uint32
	name       string
	kind       byte // 'f', 'a', 'w'
	args       []uint32
	result     uint32
	set        bool
	strict     bool
	variadic   bool
	volatility byte
	doc        string
	taken      func(column string) any // what PostgreSQL says of it; nil: it has no such function
}

const (
	anyOID     = 2276
	procOID    = 1255 // pg_proc
	classOID   = 1259 // pg_class
	internal   = 12   // language
	variadicOf = 2276
)

// allFunctions are those that PostgreSQL has too, as it describes them, and behind them those that are only here.
var allFunctions = sync.OnceValue(func() []function {
	n, column := taken("pg_proc.txt").in(nil)
	docs, own := ownFunctions()
	var out []function
	shared := map[string]bool{}
	for i := range n {
		get := func(name string) any { return column(name)(i) }
		name := get("proname").(string)
		shared[name] = true
		out = append(out, function{
			oid: uint32(get("oid").(int64)), name: name, kind: get("prokind").(string)[0], args: get("proargtypes").([]uint32),
			result: uint32(get("prorettype").(int64)), set: get("proretset").(bool), strict: get("proisstrict").(bool),
			variadic: get("provariadic").(int64) != 0, volatility: get("provolatile").(string)[0], doc: docs[name], taken: get,
		})
	}
	own = slices.DeleteFunc(own, func(f function) bool { return shared[f.name] })
	indexes := make([]int, len(own))
	for i := range indexes {
		indexes[i] = i
	}
	number(indexes, func(i int) string { return fmt.Sprint("function ", own[i].name, own[i].args) }, func(i int, oid uint32) { own[i].oid = oid })
	return append(out, own...)
})

// ownFunctions are those that a query can call by a name, with what is said about each name.
func ownFunctions() (docs map[string]string, all []function) {
	docs = map[string]string{}
	named := map[string]bool{}
	for _, n := range expr.FunctionNames() {
		named[n] = true
	}
	scalar := func(list []expr.Function, set bool) {
		for _, f := range list {
			if !set && !named[f.Name] {
				continue // an operator
			}
			docs[f.Name] = f.Doc
			for _, o := range f.Overloads {
				args, result := o.TypeOIDs()
				all = append(all, function{name: f.Name, kind: 'f', args: args, result: result, set: set, strict: o.Strict, variadic: o.Variadic,
					volatility: "isv"[o.Volatility], doc: f.Doc})
			}
		}
	}
	scalar(expr.Functions(), false)
	scalar(expr.SetFunctions(), true)
	for _, f := range agg.Functions() {
		docs[f.Name] = f.Doc
		all = append(all, function{name: f.Name, kind: 'a', args: []uint32{anyOID}, result: anyOID, volatility: 'i', doc: f.Doc})
	}
	for _, f := range over.Functions() {
		docs[f.Name] = f.Doc
		all = append(all, function{name: f.Name, kind: 'w', args: nil, result: anyOID, volatility: 'i', doc: f.Doc})
	}
	return docs, all
}

func (f function) get(column string, own any) any {
	if f.taken != nil {
		return f.taken(column)
	}
	return own
}

var procRows = of(func(s *Snapshot) []function { return s.functions() }, map[string]func(function) any{
	"oid":          func(f function) any { return f.oid },
	"proname":      func(f function) any { return f.name },
	"pronamespace": func(function) any { return catalogOID },
	"proowner":     func(function) any { return ownerOID },
	"prolang":      func(function) any { return internal },
	"procost":      func(function) any { return 1.0 },
	"prorows": func(f function) any {
		if f.set {
			return 1000.0
		}
		return 0.0
	},
	"provariadic": func(f function) any {
		if f.taken == nil && f.variadic {
			return variadicOf
		}
		return f.get("provariadic", 0)
	},
	"prokind":        func(f function) any { return f.kind },
	"proisstrict":    func(f function) any { return f.strict },
	"proretset":      func(f function) any { return f.set },
	"provolatile":    func(f function) any { return f.volatility },
	"proparallel":    func(function) any { return byte('s') },
	"pronargs":       func(f function) any { return len(f.args) },
	"prorettype":     func(f function) any { return f.result },
	"proargtypes":    func(f function) any { return orEmpty(f.args) },
	"proallargtypes": func(f function) any { return f.get("proallargtypes", nil) },
	"proargmodes":    func(f function) any { return f.get("proargmodes", nil) },
	"proargnames":    func(f function) any { return f.get("proargnames", nil) },
	"prosrc":         func(f function) any { return f.name },
})

func orEmpty(list []uint32) []uint32 {
	if list == nil {
		return []uint32{}
	}
	return list
}

var aggregateRows = of(func(s *Snapshot) []function {
	return slices.DeleteFunc(slices.Clone(s.functions()), func(f function) bool { return f.kind != 'a' })
}, map[string]func(function) any{
	"aggfnoid":        func(f function) any { return f.oid },
	"aggkind":         func(function) any { return byte('n') },
	"aggtranstype":    func(f function) any { return f.result },
	"aggfinalmodify":  func(function) any { return byte('r') },
	"aggmfinalmodify": func(function) any { return byte('r') },
})

var descriptionRows = of(func(s *Snapshot) []function {
	return slices.DeleteFunc(slices.Clone(s.functions()), func(f function) bool { return f.doc == "" })
}, map[string]func(function) any{
	"objoid":      func(f function) any { return f.oid },
	"classoid":    func(function) any { return procOID },
	"description": func(f function) any { return f.doc },
})

// arguments are a function's arguments as they are declared, and their types alone.
func (f function) arguments(namesToo bool) string {
	var names []string
	if f.taken != nil {
		names, _ = f.taken("proargnames").([]string)
	}
	parts := make([]string, len(f.args))
	for i, oid := range f.args {
		parts[i] = typeName(oid)
		if namesToo && i < len(names) && names[i] != "" && names[i] != `""` {
			parts[i] = quote(names[i]) + " " + parts[i]
		}
		if f.variadic && i == len(f.args)-1 {
			parts[i] = "VARIADIC " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// returns is what a function gives.
func (f function) returns() string {
	if f.set {
		return "SETOF " + typeName(f.result)
	}
	return typeName(f.result)
}

// statement is CREATE FUNCTION.
func (f function) statement() string {
	volatility := map[byte]string{'i': "IMMUTABLE", 's': "STABLE", 'v': "VOLATILE"}[f.volatility]
	text := "CREATE OR REPLACE FUNCTION pg_catalog." + quote(f.name) + "(" + f.arguments(true) + ")\n RETURNS " + f.returns() +
		"\n LANGUAGE internal\n " + volatility
	if f.strict {
		text += " STRICT"
	}
	return text + "\nAS $function$" + f.name + "$function$\n"
}
