// Package sqlgen writes queries at random, from a seed: typed expressions over the tables of a schema, joins,
// subqueries, aggregates, window functions and set operations, with NULLs and values at the ends of their types.
//
// What it writes has one answer: an order is by enough columns to leave no ties that could be seen, LIMIT stands behind
// such an order only, and nothing depends on the time or on chance.
package sqlgen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"millrace/sql"
	"millrace/types"
)

// kind is a type as far as the generator tells them apart.
type kind int

const (
	whole kind = iota // SMALLINT, INT, BIGINT
	exact             // DECIMAL
	float
	text
	truth
	day
	instant
	numKinds
)

func kindOf(t types.Type) (kind, bool) {
	switch t.Kind {
	case types.Int16, types.Int32, types.Int64:
		return whole, true
	case types.Decimal:
		return exact, true
	case types.Float64: // sums of REAL depend on the order of the rows
		return float, true
	case types.Text:
		return text, true
	case types.Bool:
		return truth, true
	case types.Date:
		return day, true
	case types.Timestamp:
		return instant, true
	}
	return 0, false
}

// names of the kinds in CAST.
var names = [numKinds]string{"int", "numeric", "double precision", "text", "boolean", "date", "timestamp"}

// column is one that an expression may name.
type column struct {
	name string // with its table's alias
	kind kind
}

// table is one of the schema.
type table struct {
	name    string
	columns []column
}

// Profile says what a generator prefers; each is one in how many chances, 0 is never.
type Profile struct {
	Name                                                string
	Join, Derived, Subquery, Group, Window, SetOp, With int
	Depth                                               int // of expressions
}

// Profiles are the topics that the generated files are about.
func Profiles() []Profile {
	return []Profile{
		{Name: "expressions", Depth: 4},
		{Name: "joins", Join: 1, Derived: 5, Depth: 2},
		{Name: "aggregates", Group: 1, Join: 4, Derived: 4, Depth: 2},
		{Name: "subqueries", Subquery: 2, Join: 5, Derived: 3, With: 3, Depth: 2},
		{Name: "windows", Window: 1, Join: 4, Derived: 4, Depth: 2},
		{Name: "set_operations", SetOp: 1, Join: 4, Group: 4, Depth: 2},
		{Name: "mixed", Join: 2, Derived: 3, Subquery: 4, Group: 3, Window: 4, SetOp: 6, With: 5, Depth: 3},
	}
}

// Generator writes queries.
type Generator struct {
	p       Profile
	rng     *rand.Rand
	tables  []table
	aliases int
	room    int // how many queries may still be nested into this one
}

// New makes a generator for the tables of a schema's CREATE TABLE statements.
func New(seed uint64, p Profile, schema string) (*Generator, error) {
	stmts, err := sql.Parse(schema, nil)
	if err != nil {
		return nil, err
	}
	g := &Generator{p: p, rng: rand.New(rand.NewPCG(seed, 17))}
	for _, s := range stmts {
		create, ok := s.(*sql.CreateTable)
		if !ok {
			continue
		}
		t := table{name: create.Name.Parts[0]}
		for _, c := range create.Columns {
			if k, ok := kindOf(c.Type); ok {
				t.columns = append(t.columns, column{c.Name.Text, k})
			}
		}
		if len(t.columns) > 1 {
			g.tables = append(g.tables, t)
		}
	}
	if len(g.tables) == 0 {
		return nil, fmt.Errorf("the schema has no tables")
	}
	return g, nil
}

// Query writes the next query. Ordered tells whether the order of its rows is its own.
func (g *Generator) Query() (text string, ordered bool) {
	g.aliases, g.room = 0, 4
	kinds := make([]kind, 1+g.rng.IntN(4))
	for i := range kinds {
		kinds[i] = kind(g.rng.IntN(int(numKinds)))
	}
	var with string
	var ctes []table
	if g.chance(g.p.With) {
		inner := make([]kind, 1+g.rng.IntN(3))
		for i := range inner {
			inner[i] = kind(g.rng.IntN(int(numKinds)))
		}
		t := table{name: "w"}
		var cols []string
		for i, k := range inner {
			name := fmt.Sprintf("c%d", i)
			t.columns, cols = append(t.columns, column{name, k}), append(cols, name)
		}
		with = fmt.Sprintf("WITH w (%s) AS (%s) ", strings.Join(cols, ", "), g.body(inner, nil))
		ctes = append(ctes, t)
	}
	saved := g.tables
	if ctes != nil { // as likely as all others
		for range len(saved) {
			g.tables = append(g.tables[:len(g.tables):len(g.tables)], ctes...)
		}
	}
	body := g.body(kinds, nil)
	g.tables = saved
	if g.rng.IntN(3) > 0 {
		return with + body, false
	}
	order := make([]string, len(kinds))
	for i := range kinds {
		order[i] = fmt.Sprint(i+1) + pick(g, "", "", " DESC", " ASC", " NULLS FIRST", " DESC NULLS LAST")
	}
	g.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	out := with + body + " ORDER BY " + strings.Join(order, ", ")
	if g.rng.IntN(2) == 0 {
		out += fmt.Sprintf(" LIMIT %d", g.rng.IntN(8))
		if g.rng.IntN(3) == 0 {
			out += fmt.Sprintf(" OFFSET %d", g.rng.IntN(4))
		}
	}
	return out, true
}

// body is a SELECT or a set operation of two, with columns of the kinds.
func (g *Generator) body(kinds []kind, outer *scope) string {
	if g.chance(g.p.SetOp) && g.room > 0 {
		g.room--
		op := pick(g, "UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")
		left, right := g.body(kinds, outer), g.body(kinds, outer)
		if g.rng.IntN(3) == 0 {
			right = "(" + right + ")"
		}
		return left + " " + op + " " + right
	}
	return g.selects(kinds, outer)
}

// chance is true one in n times.
func (g *Generator) chance(n int) bool { return n > 0 && g.rng.IntN(n) == 0 }

func pick[T any](g *Generator, of ...T) T { return of[g.rng.IntN(len(of))] }

func (g *Generator) alias() string {
	g.aliases++
	return fmt.Sprintf("t%d", g.aliases)
}
