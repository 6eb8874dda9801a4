package sqlgen

import (
	"fmt"
	"strings"
)

// expr is an expression of kind k.
func (g *Generator) expr(k kind, s *scope, depth int) string {
	if s.grouped {
		if cols := s.of(k); len(cols) > 0 && g.rng.IntN(2) == 0 {
			return pick(g, cols...)
		}
		if g.rng.IntN(4) > 0 || depth <= 0 {
			return g.aggregate(k, s)
		}
	}
	if depth <= 0 || g.rng.IntN(5) == 0 {
		return g.leaf(k, s)
	}
	if g.chance(g.p.Subquery*3) && g.room > 0 {
		return g.scalar(k, s)
	}
	depth--
	a := func(k kind) string { return g.expr(k, s, depth) }
	switch g.rng.IntN(8) {
	case 0:
		return fmt.Sprintf("CASE WHEN %s THEN %s%s END", a(truth), a(k), pick(g, "", " ELSE "+a(k)))
	case 1:
		return fmt.Sprintf("COALESCE(%s, %s)", a(k), a(k))
	case 2:
		if k != truth {
			return fmt.Sprintf("%s(%s, %s)", pick(g, "NULLIF", "GREATEST", "LEAST"), a(k), a(k))
		}
	}
	switch k {
	case whole:
		switch g.rng.IntN(9) {
		case 0, 1:
			return fmt.Sprintf("(%s %s %s)", a(whole), pick(g, "+", "-", "*"), a(whole))
		case 2:
			return fmt.Sprintf("(%s %s %s)", a(whole), pick(g, "/", "%"), pick(g, "3", "-2", "7", "NULLIF("+a(whole)+", 0)"))
		case 3:
			return "abs(" + a(whole) + ")"
		case 4:
			return "length(" + a(text) + ")"
		case 5:
			return "(" + a(day) + " - " + a(day) + ")"
		case 6:
			return fmt.Sprintf("EXTRACT(%s FROM %s)::int", pick(g, "year", "month", "day", "dow", "doy", "quarter"), a(pick(g, day, instant)))
		case 7:
			return "CAST(" + a(truth) + " AS int)"
		}
		return "(- " + a(whole) + ")"
	case exact:
		switch g.rng.IntN(5) {
		case 0, 1:
			return fmt.Sprintf("(%s %s %s)", a(exact), pick(g, "+", "-"), a(pick(g, exact, whole)))
		case 2:
			return fmt.Sprintf("(%s * %s)", a(exact), pick(g, "2", "0.5", "-1", "1.25"))
		case 3:
			return fmt.Sprintf("round(%s, %d)", a(exact), g.rng.IntN(4)-1)
		}
		return pick(g, "abs(", "floor(", "ceil(", "trunc(") + a(exact) + ")"
	case float:
		switch g.rng.IntN(4) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", a(float), pick(g, "+", "-"), a(float))
		case 1:
			return fmt.Sprintf("(%s * %s)", a(float), pick(g, "2", "0.5", "-1"))
		case 2:
			return "CAST(" + a(pick(g, whole, exact)) + " AS double precision)"
		}
		return pick(g, "abs(", "floor(", "ceil(") + a(float) + ")"
	case text:
		switch g.rng.IntN(7) {
		case 0:
			return "(" + a(text) + " || " + a(pick(g, text, text, whole)) + "::text)"
		case 1:
			return pick(g, "upper(", "lower(", "trim(", "reverse(", "initcap(") + a(text) + ")"
		case 2:
			return fmt.Sprintf("substring(%s FROM %d FOR %d)", a(text), 1+g.rng.IntN(4), g.rng.IntN(5))
		case 3:
			return fmt.Sprintf("replace(%s, %s, %s)", a(text), pick(g, "'l'", "'a'", "'o'"), pick(g, "''", "'xx'", "'_'"))
		case 4:
			return fmt.Sprintf("%s(%s, %d)", pick(g, "left", "right"), a(text), g.rng.IntN(7)-2)
		case 5:
			return "CAST(" + a(pick(g, whole, truth, day, instant)) + " AS text)"
		}
		return "concat(" + a(text) + ", " + a(pick(g, text, whole, truth)) + ")"
	case truth:
		return "(" + g.bool(s, depth) + ")"
	case day:
		switch g.rng.IntN(3) {
		case 0:
			return fmt.Sprintf("(%s %s %d)", a(day), pick(g, "+", "-"), g.rng.IntN(400))
		case 1:
			return "CAST(" + a(instant) + " AS date)"
		}
		return "(" + a(day) + fmt.Sprintf(" + INTERVAL '%d months')::date", g.rng.IntN(30)-10)
	}
	switch g.rng.IntN(3) {
	case 0:
		return fmt.Sprintf("(%s %s INTERVAL '%d %s')", a(instant), pick(g, "+", "-"), g.rng.IntN(50), pick(g, "days", "hours", "months", "seconds"))
	case 1:
		return "CAST(" + a(day) + " AS timestamp)"
	}
	return fmt.Sprintf("date_trunc('%s', %s)", pick(g, "hour", "day", "week", "month", "quarter", "year"), a(instant))
}

// leaf is a column or a constant.
func (g *Generator) leaf(k kind, s *scope) string {
	cols := s.of(k)
	if s.outer != nil && (len(cols) == 0 || g.rng.IntN(4) == 0) {
		if of := s.outer.of(k); len(of) > 0 {
			cols = of
		}
	}
	if len(cols) > 0 && g.rng.IntN(5) > 0 {
		return pick(g, cols...)
	}
	if g.rng.IntN(8) == 0 {
		return "CAST(NULL AS " + names[k] + ")"
	}
	return pick(g, literals[k]...)
}

var literals = [numKinds][]string{
	whole:   {"0", "1", "2", "-1", "7", "10", "100", "CAST(3 AS bigint)", "CAST(5 AS smallint)"},
	exact:   {"0.0", "1.5", "-0.05", "100.00", "12.34", "99999.99", "CAST(7 AS numeric)"},
	float:   {"CAST(0 AS double precision)", "CAST(2.5 AS double precision)", "CAST('-1e10' AS double precision)", "CAST('Infinity' AS double precision)", "CAST(1.5 AS real)::double precision"},
	text:    {"''", "'a'", "'Hello'", "'x y'", "'12'", "'it''s'", "'%'", "'日'"},
	truth:   {"TRUE", "FALSE"},
	day:     {"DATE '2026-01-01'", "DATE '2024-02-29'", "DATE '1969-12-31'", "DATE '2020-06-01'"},
	instant: {"TIMESTAMP '2026-01-01 00:00:00'", "TIMESTAMP '2024-02-29 23:59:59.5'", "TIMESTAMP '1970-01-01 00:00:00'"},
}

// bool is a condition, which may want parentheses around it.
func (g *Generator) bool(s *scope, depth int) string {
	a := func(k kind) string { return g.expr(k, s, depth-1) }
	if depth > 0 && g.chance(g.p.Subquery) && g.room > 0 {
		return g.subcondition(s)
	}
	k := kind(g.rng.IntN(int(numKinds)))
	switch g.rng.IntN(14) {
	case 0, 1:
		return "(" + g.bool(s, depth-1) + pick(g, " AND ", " OR ") + g.bool(s, depth-1) + ")"
	case 2:
		return "NOT (" + g.bool(s, depth-1) + ")"
	case 3:
		return "(" + a(k) + ")" + pick(g, " IS NULL", " IS NOT NULL")
	case 4:
		return a(k) + pick(g, " IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + a(k)
	case 5:
		list := make([]string, 1+g.rng.IntN(3))
		for i := range list {
			list[i] = pick(g, literals[k]...)
		}
		if g.rng.IntN(4) == 0 {
			list = append(list, "NULL")
		}
		return a(k) + pick(g, " IN (", " NOT IN (") + strings.Join(list, ", ") + ")"
	case 6:
		return a(k) + pick(g, " BETWEEN ", " NOT BETWEEN ") + a(k) + " AND " + a(k)
	case 7:
		return a(text) + pick(g, " LIKE ", " NOT LIKE ", " ILIKE ") + pick(g, "'%a%'", "'h%'", "'_____'", "'%'", "''", "'%o_%'")
	case 8:
		return "(" + a(truth) + ")" + pick(g, " IS TRUE", " IS NOT TRUE", " IS FALSE", " IS UNKNOWN")
	case 9:
		return g.expr(truth, s, min(depth-1, 1))
	}
	return a(k) + " " + pick(g, "=", "<>", "<", "<=", ">", ">=") + " " + a(k)
}

// scalar is a query in place of a value, of one row at most.
func (g *Generator) scalar(k kind, s *scope) string {
	g.room--
	from, in := g.from(inside(s))
	where := ""
	if g.rng.IntN(4) > 0 {
		where = " WHERE " + g.correlation(in) + pick(g, "", " AND "+g.bool(in, 1))
	}
	return "(SELECT " + g.aggregate(k, &scope{grouped: true, input: in}) + from + where + ")"
}

// subcondition is EXISTS, IN or a comparison with ANY or ALL.
func (g *Generator) subcondition(s *scope) string {
	g.room--
	from, in := g.from(inside(s))
	where := " WHERE " + pick(g, g.correlation(in), g.correlation(in), g.bool(in, 1))
	k := pick(g, whole, whole, text, exact, day)
	switch g.rng.IntN(4) {
	case 0, 1:
		return pick(g, "EXISTS (", "NOT EXISTS (") + "SELECT " + pick(g, "1", "*", "NULL") + from + where + ")"
	case 2:
		return g.expr(k, s, 1) + pick(g, " IN (", " NOT IN (") + "SELECT " + g.expr(k, in, 1) + from + where + ")"
	}
	return g.expr(k, s, 1) + " " + pick(g, "=", "<>", "<", ">=") + pick(g, " ANY (", " ALL (") + "SELECT " + g.expr(k, in, 1) + from + where + ")"
}

// inside is the scope that a query nested in an expression over s sees around it.
func inside(s *scope) *scope { return &scope{columns: s.columns} }

// correlation is an equation of a column with one of the query around.
func (g *Generator) correlation(in *scope) string {
	var pairs []string
	for _, a := range in.columns {
		if in.outer == nil {
			break
		}
		for _, b := range in.outer.columns {
			if a.kind == b.kind && a.kind != float {
				pairs = append(pairs, a.name+" "+pick(g, "=", "=", "=", "<", "<>")+" "+b.name)
			}
		}
	}
	if len(pairs) == 0 {
		return g.bool(in, 1)
	}
	return pick(g, pairs...)
}
