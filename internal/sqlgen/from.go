package sqlgen

import (
	"fmt"
	"strings"
)

// from is FROM with one or more tables, and what they give.
func (g *Generator) from(outer *scope) (string, *scope) {
	text, s := g.tableRef(outer)
	for range 2 {
		if !g.chance(g.p.Join) {
			break
		}
		right, r := g.tableRef(outer)
		both := &scope{columns: append(append([]column{}, s.columns...), r.columns...), outer: outer}
		join := pick(g, "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ",")
		switch join {
		case ",":
			text += ", " + right
		case "CROSS JOIN":
			text += " CROSS JOIN " + right
		default:
			text += " " + join + " " + right + " ON " + g.joinCondition(s, r, both, join == "FULL JOIN")
		}
		if s.unique != "" && r.unique != "" && !strings.Contains(join, "LEFT") && !strings.Contains(join, "RIGHT") && !strings.Contains(join, "FULL") {
			both.unique = s.unique + ", " + r.unique
		}
		s = both
		if join == "," { // the next JOIN would see the right side only
			break
		}
	}
	return " FROM " + text, s
}

// joinCondition is mostly an equation of columns; that of a FULL JOIN is nothing else, as PostgreSQL takes no other.
func (g *Generator) joinCondition(l, r, both *scope, full bool) string {
	var pairs []string
	for _, a := range l.columns {
		for _, b := range r.columns {
			if a.kind == b.kind && (a.kind == whole || a.kind == text || a.kind == truth || a.kind == day) {
				pairs = append(pairs, a.name+" = "+b.name)
			}
		}
	}
	if len(pairs) == 0 {
		return pick(g, "TRUE", "FALSE")
	}
	out := pick(g, pairs...)
	if g.rng.IntN(4) == 0 {
		out += " AND " + pick(g, pairs...)
	}
	if full {
		return out
	}
	switch g.rng.IntN(6) {
	case 0:
		return g.bool(both, 1)
	case 1:
		return out + " AND " + g.bool(both, 1)
	case 2:
		return out + " OR " + g.bool(both, 0)
	}
	return out
}

// tableRef is a table or a query in parentheses.
func (g *Generator) tableRef(outer *scope) (string, *scope) {
	name := g.alias()
	s := &scope{outer: outer}
	if g.chance(g.p.Derived) && g.room > 0 {
		g.room--
		kinds := make([]kind, 1+g.rng.IntN(3))
		var cols []string
		for i := range kinds {
			kinds[i] = kind(g.rng.IntN(int(numKinds)))
			col := fmt.Sprintf("c%d", i)
			cols = append(cols, col)
			s.columns = append(s.columns, column{name + "." + col, kinds[i]})
		}
		return fmt.Sprintf("(%s) AS %s (%s)", g.body(kinds, nil), name, strings.Join(cols, ", ")), s
	}
	t := pick(g, g.tables...)
	for _, c := range t.columns {
		s.columns = append(s.columns, column{name + "." + c.name, c.kind})
		if c.name == "id" {
			s.unique = name + ".id"
		}
	}
	return t.name + " AS " + name, s
}
