package sqlgen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// scope is what an expression may name.
type scope struct {
	columns []column
	outer   *scope // of the query around it; nil: none
	unique  string // an expression that no two rows share; empty: there is none
	grouped bool   // columns are the keys of GROUP BY, and aggregates are over input
	input   *scope // below GROUP BY
}

func (s *scope) of(k kind) []string {
	var out []string
	for _, c := range s.columns {
		if c.kind == k {
			out = append(out, c.name)
		}
	}
	return out
}

// selects is SELECT … FROM … with columns of the kinds.
func (g *Generator) selects(kinds []kind, outer *scope) string {
	var b strings.Builder
	from, in := g.from(outer)
	where := ""
	if g.rng.IntN(3) > 0 {
		where = " WHERE " + g.bool(in, g.p.Depth)
	}
	b.WriteString("SELECT ")
	switch {
	case g.chance(g.p.Group):
		g.grouped(&b, kinds, from+where, in)
		return b.String()
	case g.chance(g.p.Window) && in.unique != "":
		b.WriteString(strings.Join(g.windows(kinds, in), ", "))
	default:
		if g.rng.IntN(5) == 0 {
			b.WriteString("DISTINCT ")
		}
		items := make([]string, len(kinds))
		for i, k := range kinds {
			items[i] = g.expr(k, in, g.p.Depth)
		}
		b.WriteString(strings.Join(items, ", "))
	}
	b.WriteString(from + where)
	return b.String()
}

// grouped writes the rest of a SELECT with GROUP BY, or with aggregates over all rows.
func (g *Generator) grouped(b *strings.Builder, kinds []kind, from string, in *scope) {
	gs := &scope{outer: in.outer, grouped: true, input: in}
	var keys []string
	for range g.rng.IntN(3) {
		k := kind(g.rng.IntN(int(numKinds)))
		cols := in.of(k)
		if len(cols) == 0 {
			continue
		}
		key := pick(g, cols...)
		if g.rng.IntN(3) == 0 {
			key = g.expr(k, &scope{columns: in.columns}, 1)
			if !strings.ContainsAny(key, "(.") { // a constant is an ordinal, or no key at all
				key = pick(g, cols...)
			}
		}
		keys, gs.columns = append(keys, key), append(gs.columns, column{key, k})
	}
	items := make([]string, len(kinds))
	for i, k := range kinds {
		items[i] = g.expr(k, gs, g.p.Depth)
	}
	b.WriteString(strings.Join(items, ", ") + from)
	switch {
	case len(keys) > 0 && g.rng.IntN(5) == 0 && readColumns(keys): // PostgreSQL before 18 does not make a constant among them NULL
		b.WriteString(" GROUP BY " + pick(g, "ROLLUP", "CUBE") + " (" + strings.Join(keys, ", ") + ")")
	case len(keys) > 1 && g.rng.IntN(5) == 0 && readColumns(keys):
		b.WriteString(" GROUP BY GROUPING SETS ((" + strings.Join(keys, "), (") + "), ())")
	case len(keys) > 0:
		b.WriteString(" GROUP BY " + strings.Join(keys, ", "))
	default:
		b.WriteString(" HAVING count(*) >= 0") // so that it is grouped even with no aggregate among the items
		return
	}
	if g.rng.IntN(4) == 0 {
		b.WriteString(" HAVING " + g.bool(gs, 1))
	}
}

// aggregate is the call of one that gives kind k, over the input of a grouped scope.
func (g *Generator) aggregate(k kind, s *scope) string {
	in, filter := s.input, ""
	depth := g.rng.IntN(2)
	if g.rng.IntN(6) == 0 {
		filter = " FILTER (WHERE " + g.bool(in, 1) + ")"
	}
	distinct := ""
	if g.rng.IntN(6) == 0 {
		distinct = "DISTINCT "
	}
	arg := func(k kind) string { return g.expr(k, in, depth) }
	switch k {
	case whole:
		switch g.rng.IntN(4) {
		case 0:
			return "count(*)" + filter
		case 1:
			return "count(" + distinct + arg(kind(g.rng.IntN(int(numKinds)))) + ")" + filter
		}
		return pick(g, "min(", "max(") + arg(whole) + ")" + filter
	case exact:
		if g.rng.IntN(2) == 0 {
			return "sum(" + distinct + arg(pick(g, whole, exact)) + ")::numeric" + ""
		}
		return pick(g, "avg(", "min(", "max(", "sum(") + arg(exact) + ")" + filter
	case float:
		return pick(g, "avg(", "min(", "max(", "sum(") + arg(float) + ")" + filter
	case truth:
		return pick(g, "bool_and(", "bool_or(", "every(") + arg(truth) + ")" + filter
	case text:
		if in.unique != "" && g.rng.IntN(3) == 0 {
			return "string_agg(" + arg(text) + ", ',' ORDER BY " + in.unique + ")" + filter
		}
	}
	return pick(g, "min(", "max(") + arg(k) + ")" + filter
}

// windows are select items of which each but some calls a window function.
func (g *Generator) windows(kinds []kind, in *scope) []string {
	items := make([]string, len(kinds))
	for i, k := range kinds {
		if g.rng.IntN(4) == 0 {
			items[i] = g.expr(k, in, 1)
			continue
		}
		partition := ""
		if g.rng.IntN(3) > 0 {
			partition = "PARTITION BY " + g.expr(kind(g.rng.IntN(int(numKinds))), in, 1)
		}
		by := pick(g, in.unique, in.unique+" DESC", g.expr(pick(g, whole, exact, day), in, 1)+pick(g, "", " DESC", " NULLS FIRST")+", "+in.unique)
		order := strings.TrimSpace(partition + " ORDER BY " + by)
		frame := pick(g, "", "", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS 2 PRECEDING", " ROWS UNBOUNDED PRECEDING",
			" ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
			" ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING", " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW")
		arg := g.expr(k, in, 1)
		var call string
		switch {
		case k == whole && g.rng.IntN(2) == 0:
			call, frame = pick(g, "row_number()", "rank()", "dense_rank()", "ntile(3)"), ""
			if g.rng.IntN(2) == 0 { // ties may show: the rank says so itself
				order = strings.TrimSpace(partition + " ORDER BY " + g.expr(kind(g.rng.IntN(int(numKinds))), in, 0))
				call = pick(g, "rank()", "dense_rank()")
			}
		case g.rng.IntN(3) == 0:
			call, frame = fmt.Sprintf("%s(%s%s)", pick(g, "lag", "lead"), arg, pick(g, "", ", 2")), ""
		case g.rng.IntN(3) == 0 || k == day || k == instant:
			call = fmt.Sprintf("%s(%s)", pick(g, "first_value", "last_value", "min", "max"), arg)
			if k == truth {
				call = "first_value(" + arg + ")"
			}
		case k == whole:
			call = fmt.Sprintf("%s(%s)", pick(g, "count", "min", "max"), arg)
		case k == exact, k == float:
			call = fmt.Sprintf("%s(%s)", pick(g, "sum", "avg", "min", "max"), arg)
		case k == truth:
			call = fmt.Sprintf("%s(%s)", pick(g, "bool_and", "bool_or"), arg)
		default:
			call = fmt.Sprintf("%s(%s)", pick(g, "min", "max", "first_value"), arg)
		}
		items[i] = call + " OVER (" + order + frame + ")"
	}
	return items
}

var columnOf = regexp.MustCompile(`\bt\d+\.`)

// readColumns reports whether each expression reads a column.
func readColumns(exprs []string) bool {
	return !slices.ContainsFunc(exprs, func(e string) bool { return !columnOf.MatchString(e) })
}
