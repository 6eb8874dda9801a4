package expr

import (
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// Function is a row of the function table: a scalar function or an operator under one name. The manual and
// SHOW FUNCTIONS are printed from it.
type Function struct {
	Name          string
	Doc           string // one or two sentences
	Example       string // SQL
	ExampleResult string // as text; NULL as such
	Group         string // a heading of the manual
	Overloads     []Overload
}

// Overload is a function for arguments of certain types.
type Overload struct {
	Args     []types.Kind // or one of the classes below
	Variadic bool         // the last of Args may come more often, once at least
	Result   types.Kind
	// Type gives the result where it has parameters (a Decimal's scale) or depends on the arguments; else nil.
	Type func(args []types.Type) types.Type
	// Strict: NULL where an argument is, and then the kernel's value does not count. Others see to NULL themselves.
	Strict bool
	// Fails: some value is an error. Where it is wrong to fail for a row that needs no value, as in CASE, it is then
	// not asked for those rows.
	Fails bool
	// Extension: PostgreSQL has no such function; it is only considered where none of PostgreSQL's fits.
	Extension  bool
	Volatility Volatility
	Kernel     Kernel
	// Prepare, instead of Kernel, makes one for the call at plan time: from the types of its arguments, or from a
	// pattern or unit that is a constant. Its errors are those of the statement.
	Prepare func(*Call) (Kernel, error)
	// Rows, instead of Kernel, is of a set-returning function, and Column what its column in FROM is always called.
	Rows   func(*Input) (SetRows, error)
	Column string
}

// takesAny reports whether argument i may be of any type.
func (o *Overload) takesAny(i int) bool {
	k := o.Args[min(i, len(o.Args)-1)]
	return k == anyType || k == anyScalar
}

// Kernel computes the values of a call for the rows of a batch.
type Kernel func(*Input) (arrow.Array, error)

// Volatility says when two calls with equal arguments give the same.
type Volatility uint8

const (
	Immutable Volatility = iota // always
	Stable                      // within a statement
	Each                        // never: it is evaluated for each row
)

// Classes of types for Overload.Args.
const (
	anyType     types.Kind = 200 + iota // whatever it is; a string literal is a Text
	sameType                            // all arguments of this class are brought to their common type
	sameNumber                          // the same, of numbers
	anyScalar                           // anyType, but no array, map or row
	anyArray                            // an array whose elements are brought to the common type of these two classes
	anyElement                          // a value of that type
	textArray                           // ARRAY<TEXT>
	intArray                            // ARRAY<INT>
	oidArg                              // an oid of PostgreSQL's catalogs
	relationArg                         // a regclass
	nodeTree                            // a pg_node_tree
)

// className is a type or class as the manual calls it.
func className(k types.Kind) string {
	switch k {
	case anyType:
		return "any"
	case sameType:
		return "any, alike"
	case sameNumber:
		return "number"
	case anyScalar:
		return "any scalar"
	case anyArray:
		return "ARRAY<T>"
	case anyElement:
		return "T"
	case textArray:
		return "ARRAY<TEXT>"
	case intArray:
		return "ARRAY<INT>"
	case oidArg:
		return "oid"
	case relationArg:
		return "regclass"
	case nodeTree:
		return "pg_node_tree"
	}
	return k.String()
}

// Signature is the overload's arguments as the manual prints them: "TEXT, INT".
func (o Overload) Signature() string {
	parts := make([]string, len(o.Args))
	for i, k := range o.Args {
		parts[i] = className(k)
	}
	s := strings.Join(parts, ", ")
	if o.Variadic {
		s += ", …"
	}
	return s
}

// groups is the whole table, one slice a file.
func groups() [][]Function {
	return [][]Function{
		logicFunctions, conditionalFunctions, comparisonFunctions, arithmeticFunctions, numberFunctions,
		textFunctions, patternFunctions, encodingFunctions, timeFunctions, extractFunctions, intervalFunctions, jsonFunctions,
		nestedFunctions, arrayFunctions, jsonbFunctions, jsonBuildFunctions, jsonPathFunctions,
		moreNumberFunctions, bytesFunctions, formatFunctions, regexpFunctions, formattingFunctions, moreTimeFunctions, mapFunctions,
		catalogFunctions, definitionFunctions, visibilityFunctions, privilegeFunctions, sizeFunctions, serverFunctions,
	}
}

// Functions lists every function and operator, in the order of the manual.
func Functions() []Function {
	return slices.Concat(groups()...)
}

// index is the table by name. Names are in lower case.
var index = sync.OnceValue(func() map[string]*Function {
	m := map[string]*Function{}
	for _, g := range append(groups(), sessionFunctions) {
		for i := range g {
			m[g[i].Name] = &g[i]
		}
	}
	return m
})

// aliases are other names of functions.
var aliases = map[string]string{
	"!=": "<>", "char_length": "length", "character_length": "length", "ceiling": "ceil", "pow": "power",
	"substring": "substr", "current_timestamp": "now", "statement_timestamp": "now", "transaction_timestamp": "now", "trim": "btrim",
}

// FunctionNames lists the names that a query may call, operators not among them.
func FunctionNames() []string {
	var names []string
	for _, f := range append(Functions(), sessionFunctions...) {
		if c := f.Name[0]; (c >= 'a' && c <= 'z' || c == '_') && !strings.ContainsRune(f.Name, ' ') && !wordOperators[f.Name] {
			names = append(names, f.Name)
		}
	}
	for a := range aliases {
		if a[0] >= 'a' {
			names = append(names, a)
		}
	}
	slices.Sort(names)
	return names
}

// wordOperators are the operators that look like a function's name.
var wordOperators = map[string]bool{"and": true, "or": true, "not": true, "like": true, "ilike": true, "similar to": true}
