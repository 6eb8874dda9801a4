// Package sql turns text into statements. Nothing outside it knows which parser there is.
package sql

import (
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// Statement is one statement of a text. Pos is its first character.
type Statement interface {
	Pos() sqlerr.Pos
	statement()
}

// Node is embedded by everything that stands at a place in the text.
type Node struct{ At sqlerr.Pos }

// Pos is the place in the user's text.
func (n Node) Pos() sqlerr.Pos { return n.At }

// Name is an identifier as it is compared: folded to lower case unless it was quoted.
type Name struct {
	Node
	Text string
}

// ObjectName is a name of one to three parts: [[catalog.]schema.]object.
type ObjectName struct {
	Node
	Parts []string
}

// Literal text of an option's or a setting's value, and where it stands.
type Value struct {
	Node
	Text string
}

// Option is one entry of WITH ( … ): its key in lower case.
type Option struct {
	Key   Name
	Value Value
}

// Direction says which of CREATE TABLE, CREATE SOURCE and CREATE SINK was written.
type Direction uint8

const (
	Table Direction = iota
	Source
	Sink
)

// CreateTable is CREATE TABLE | SOURCE | SINK name ( … ) WITH ( … ).
type CreateTable struct {
	Node
	Direction   Direction
	IfNotExists bool
	Name        ObjectName
	Columns     []ColumnDef
	PrimaryKey  []Name
	Watermark   *WatermarkDef
	AppendOnly  bool
	Options     []Option
	Query       *Query // AS query; nil: none
	Text        string // as the user wrote it
	nameEnd     int    // in Text: where the table's name ends
}

// WithColumns is the statement, which has no columns, with these.
func (c *CreateTable) WithColumns(s types.Schema) string {
	list := make([]string, len(s))
	for i, col := range s {
		list[i] = quoteName(col.Name) + " " + col.Type.String()
		if col.NotNull {
			list[i] += " NOT NULL"
		}
	}
	return c.Text[:c.nameEnd] + " (" + strings.Join(list, ", ") + ")" + c.Text[c.nameEnd:]
}

// ColumnDef is name type [NOT NULL] [PRIMARY KEY] [DEFAULT expr] [METADATA [FROM 'x']], or name AS expr.
type ColumnDef struct {
	Name        Name
	Type        types.Type // Unknown for a computed column
	NotNull     bool
	HasMetadata bool
	Metadata    string // the connector's name for it; the column's own where FROM was left out
	Computed    Expr
	Default     Expr // nil: NULL
}

// WatermarkDef is WATERMARK FOR column AS expr.
type WatermarkDef struct {
	Node
	Column Name
	Expr   Expr
}

// CreateView is CREATE [OR REPLACE] [MATERIALIZED] VIEW name [(columns)] AS query.
type CreateView struct {
	Node
	OrReplace    bool
	Materialized bool
	IfNotExists  bool
	Name         ObjectName
	Columns      []Name
	Options      []Option // of a materialized view
	Query        *Query
	Text         string
}

// Drop is DROP kind [IF EXISTS] name [CASCADE]. Kind is in upper case.
type Drop struct {
	Node
	Kind     string
	IfExists bool
	Name     ObjectName
	Cascade  bool // with what depends on it
}

// Select is a query as a statement.
type SelectStatement struct {
	Node
	Query *Query
}

// Explain is EXPLAIN [ANALYZE] statement.
type Explain struct {
	Node
	Analyze   bool
	Statement Statement
}

// Set is SET [LOCAL] name = value, or TO value. Several values are one, with commas.
type Set struct {
	Node
	Local   bool
	Default bool // TO DEFAULT
	Name    Name // may hold dots
	Value   Value
}

// Show is SHOW what, in upper case ("TABLES", "FUNCTIONS"), or the name of a setting in lower case.
type Show struct {
	Node
	What string
}

// Describe is DESCRIBE table.
type Describe struct {
	Node
	Name ObjectName
}

func (*CreateTable) statement()     {}
func (*CreateView) statement()      {}
func (*Drop) statement()            {}
func (*SelectStatement) statement() {}
func (*Explain) statement()         {}
func (*Set) statement()             {}
func (*Show) statement()            {}
func (*Describe) statement()        {}

// Query is a SELECT, a set operation or VALUES with what may follow it.
type Query struct {
	Node
	With      []CTE
	Recursive bool
	Body      Body
	OrderBy   []OrderItem
	Limit     Expr // nil: none
	Ties      bool // FETCH FIRST … WITH TIES: rows equal to the last one come too
	Offset    Expr // nil: none
	Emit      *Emit
}

// EmitMode is when a continuous query gives its rows.
type EmitMode uint8

const (
	OnWindowClose EmitMode = iota
	OnChange
	OnInterval
)

// Emit is EMIT ON WINDOW CLOSE | CHANGES | EVERY interval.
type Emit struct {
	Node
	Mode  EmitMode
	Every Expr // *IntervalLit
}

// CTE is one name AS (query) of WITH.
type CTE struct {
	Name    Name
	Columns []Name
	Query   *Query
}

// OrderItem is one expression of ORDER BY.
type OrderItem struct {
	Expr       Expr
	Desc       bool
	NullsFirst *bool // nil: PostgreSQL's default, NULLs count as the largest
}

// Body is a *Select, *SetOp, *Values or *Query in parentheses.
type Body interface {
	Pos() sqlerr.Pos
	body()
}

func (*Select) body() {}
func (*SetOp) body()  {}
func (*Values) body() {}
func (*Query) body()  {}

// Select is one SELECT … FROM … WHERE … GROUP BY … HAVING … QUALIFY.
type Select struct {
	Node
	Distinct   bool
	DistinctOn []Expr
	Items      []SelectItem
	From       TableRef // nil: one row of no columns
	Where      Expr
	GroupBy    []GroupItem
	Having     Expr
	Qualify    Expr
	Windows    []NamedWindow
}

// SelectItem is an expression with its alias, or * or t.*.
type SelectItem struct {
	Node
	Star  bool
	Table []string // of t.*
	Expr  Expr
	Alias *Name
}

// GroupItem is an expression, or GROUPING SETS, ROLLUP or CUBE over sets of them.
type GroupItem struct {
	Node
	Expr Expr
	Kind string // "", "GROUPING SETS", "ROLLUP", "CUBE"
	Sets [][]Expr
}

// NamedWindow is an entry of the WINDOW clause.
type NamedWindow struct {
	Name Name
	Spec WindowSpec
}

// SetOp is left UNION | INTERSECT | EXCEPT [ALL] right.
type SetOp struct {
	Node
	Op          string // "UNION", "INTERSECT", "EXCEPT"
	All         bool
	Left, Right Body
}

// Values is VALUES (…), (…).
type Values struct {
	Node
	Rows [][]Expr
}

// TableRef is what FROM may hold: *TableName, *Derived, *TableFunc, *Join.
type TableRef interface {
	Pos() sqlerr.Pos
	tableRef()
}

// Alias is AS name (columns).
type Alias struct {
	Name    *Name
	Columns []Name
}

// TableName is a table, a view or a CTE.
type TableName struct {
	Node
	Name  ObjectName
	Alias Alias
	AsOf  Expr // FOR SYSTEM_TIME AS OF
}

// Derived is a query in FROM.
type Derived struct {
	Node
	Query   *Query
	Lateral bool
	Alias   Alias
}

// TableFunc is a function in FROM: a window (TUMBLE, HOP, …), UNNEST, generate_series. The outer TABLE( ) of Flink is
// gone.
type TableFunc struct {
	Node
	Name       string // in lower case
	Args       []FuncArg
	Ordinality bool // WITH ORDINALITY
	Lateral    bool
	Alias      Alias
}

// FuncArg is an argument of a table function: an expression, TABLE t [PARTITION BY …], DESCRIPTOR(column, …), each maybe named.
type FuncArg struct {
	Node
	Name        string // of name => value, in lower case
	Expr        Expr
	Table       *ObjectName
	Query       *Query // TABLE (query)
	PartitionBy []Expr
	Descriptor  []Name
}

// JoinKind is the kind of a join.
type JoinKind uint8

const (
	Inner JoinKind = iota
	Left
	Right
	Full
	Cross
)

// Join is left JOIN right ON … | USING (…).
type Join struct {
	Node
	Kind        JoinKind
	Natural     bool
	Left, Right TableRef
	On          Expr
	Using       []Name
}

func (*TableName) tableRef() {}
func (*Derived) tableRef()   {}
func (*TableFunc) tableRef() {}
func (*Join) tableRef()      {}

// Expr is an expression.
type Expr interface {
	Pos() sqlerr.Pos
	expr()
}

// Ident is a name of one or more parts: column, table.column, column.field; the binder finds out which.
type Ident struct {
	Node
	Parts []string
}

// Null, true and false, and the literals. A number's text is as written.
type (
	NullLit struct{ Node }
	BoolLit struct {
		Node
		Value bool
	}
	NumberLit struct {
		Node
		Text string
	}
	StringLit struct {
		Node
		Value string
	}
)

// TypedLit is DATE '…', TIME '…', TIMESTAMP '…', TIMESTAMPTZ '…', and any other type name before a string.
type TypedLit struct {
	Node
	Type  types.Type
	Value string
}

// IntervalLit is INTERVAL '5' SECOND, INTERVAL '1 hour 30 minutes', INTERVAL '1-2' YEAR TO MONTH, resolved.
type IntervalLit struct {
	Node
	Months int32
	Days   int32
	Nanos  int64
	Text   string // as written, for printing
}

// Param is $1.
type Param struct {
	Node
	Index int
}

// Unary is op x: "-", "+", "not", "~".
type Unary struct {
	Node
	Op string
	X  Expr
}

// Binary is left op right, op in lower case: + - * / % ^ || = <> < <= > >= and or ~ ~* !~ !~* -> ->> #> #>> @> <@ & | # << >>.
// Its Pos is that of the operator.
type Binary struct {
	Node
	Op          string
	Left, Right Expr
}

// Call is f(args) with what may follow it. Name is in lower case, its schema (pg_catalog) dropped.
type Call struct {
	Node
	Name        string
	Args        []Expr
	Star        bool // count(*)
	Distinct    bool
	OrderBy     []OrderItem
	WithinGroup []OrderItem
	Filter      Expr
	IgnoreNulls bool
	Over        *WindowSpec
}

// WindowSpec is what OVER holds.
type WindowSpec struct {
	Node
	Name        string // OVER w, or the base of OVER (w …)
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame
}

// Frame is ROWS | RANGE | GROUPS BETWEEN start AND end.
type Frame struct {
	Node
	Unit       string // "ROWS", "RANGE", "GROUPS"
	Start, End Bound
	Exclude    string // "", "CURRENT ROW", "GROUP", "TIES"
}

// Bound is one end of a frame. Kind is "UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING".
type Bound struct {
	Node
	Kind string
	Expr Expr
}

// Cast is CAST(x AS type), x::type, TRY_CAST(x AS type).
type Cast struct {
	Node
	X    Expr
	Type types.Type
	Try  bool
}

// Case is CASE [operand] WHEN … THEN … ELSE … END.
type Case struct {
	Node
	Operand Expr
	Whens   []When
	Else    Expr
}

// When is one branch of a Case.
type When struct{ Cond, Then Expr }

// In is x [NOT] IN (list) or (query).
type In struct {
	Node
	X     Expr
	List  []Expr
	Query *Query
	Not   bool
}

// Between is x [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	Node
	X, Low, High Expr
	Not          bool
	Symmetric    bool // the bounds in either order
}

// Like is x [NOT] LIKE | ILIKE | SIMILAR TO pattern [ESCAPE c]. Op is "like", "ilike" or "similar to".
type Like struct {
	Node
	Op         string
	X, Pattern Expr
	Escape     Expr
	Not        bool
}

// Is is x IS [NOT] NULL | TRUE | FALSE | UNKNOWN; What is in upper case.
type Is struct {
	Node
	X    Expr
	What string
	Not  bool
}

// IsDistinct is x IS [NOT] DISTINCT FROM y.
type IsDistinct struct {
	Node
	Left, Right Expr
	Not         bool
}

// Exists is EXISTS (query).
type Exists struct {
	Node
	Query *Query
}

// Subquery is a query as a value.
type Subquery struct {
	Node
	Query *Query
}

// Quantified is x op ANY | ALL (array or query).
type Quantified struct {
	Node
	Op    string
	X     Expr
	All   bool
	Array Expr
	Query *Query
}

// Extract is EXTRACT(field FROM x); Field is in lower case.
type Extract struct {
	Node
	Field string
	X     Expr
}

// AtTimeZone is x AT TIME ZONE zone.
type AtTimeZone struct {
	Node
	X, Zone Expr
}

// ArrayLit is ARRAY[…]; ArrayQuery is ARRAY(query); RowLit is ROW(…) or (a, b); Subscript is x[i]; FieldOf is (x).name.
type (
	ArrayLit struct {
		Node
		Elems []Expr
	}
	ArrayQuery struct {
		Node
		Query *Query
	}
	RowLit struct {
		Node
		Elems []Expr
	}
	Subscript struct {
		Node
		X, Index Expr
	}
	FieldOf struct {
		Node
		X    Expr
		Name string
	}
)

func (*Ident) expr()       {}
func (*NullLit) expr()     {}
func (*BoolLit) expr()     {}
func (*NumberLit) expr()   {}
func (*StringLit) expr()   {}
func (*TypedLit) expr()    {}
func (*IntervalLit) expr() {}
func (*Param) expr()       {}
func (*Unary) expr()       {}
func (*Binary) expr()      {}
func (*Call) expr()        {}
func (*Cast) expr()        {}
func (*Case) expr()        {}
func (*In) expr()          {}
func (*Between) expr()     {}
func (*Like) expr()        {}
func (*Is) expr()          {}
func (*IsDistinct) expr()  {}
func (*Exists) expr()      {}
func (*Subquery) expr()    {}
func (*Quantified) expr()  {}
func (*Extract) expr()     {}
func (*AtTimeZone) expr()  {}
func (*ArrayLit) expr()    {}
func (*ArrayQuery) expr()  {}
func (*RowLit) expr()      {}
func (*Subscript) expr()   {}
func (*FieldOf) expr()     {}
