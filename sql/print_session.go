package sql

import (
	"strconv"
	"strings"
)

// session writes a statement on the session; false: it is none.
func (p *printer) session(s Statement) bool {
	switch s := s.(type) {
	case *Transaction:
		p.put(s.Kind)
		if s.Name.Text != "" {
			p.put(" ", quoteName(s.Name.Text))
		}
		p.modes(s.Modes)
		if s.Chain {
			p.put(" AND CHAIN")
		}
	case *SetTransaction:
		p.put("SET ", map[bool]string{true: "SESSION CHARACTERISTICS AS "}[s.Session], "TRANSACTION")
		p.modes(s.Modes)
	case *Prepare:
		p.put("PREPARE ", quoteName(s.Name.Text))
		if len(s.Types) > 0 {
			p.put(" (")
			p.list(len(s.Types), func(i int) { p.put(typeText(s.Types[i])) })
			p.put(")")
		}
		p.put(" AS ")
		p.statement(s.Statement)
	case *Execute:
		p.put("EXECUTE ", quoteName(s.Name.Text))
		if len(s.Args) > 0 {
			p.put(" (")
			p.exprs(s.Args)
			p.put(")")
		}
	case *Deallocate:
		p.put("DEALLOCATE ", orAll(s.Name))
	case *DeclareCursor:
		p.put("DECLARE ", quoteName(s.Name.Text), " CURSOR ", map[bool]string{true: "WITH HOLD "}[s.Hold], "FOR ")
		p.query(s.Query)
	case *Fetch:
		count := strconv.FormatInt(s.Count, 10)
		if s.All {
			count = "ALL"
		}
		p.put(map[bool]string{true: "MOVE ", false: "FETCH "}[s.Move], count, " FROM ", quoteName(s.Name.Text))
	case *CloseCursor:
		p.put("CLOSE ", orAll(s.Name))
	case *Discard:
		p.put("DISCARD ", s.What)
	case *Upkeep:
		p.put(s.Kind)
		if s.Kind == "UNLISTEN" {
			p.put(" *")
		}
		for i, t := range s.Tables {
			p.put(map[bool]string{true: " ", false: ", "}[i == 0], quoteNames(t.Parts))
		}
		if s.Kind == "LOCK TABLE" {
			p.put(" IN ACCESS SHARE MODE")
		}
	default:
		return false
	}
	return true
}

func orAll(n Name) string {
	if n.Text == "" {
		return "ALL"
	}
	if n.Text == "all" {
		return `"all"`
	}
	return quoteName(n.Text)
}

func (p *printer) modes(m TransactionModes) {
	if m.Isolation != "" {
		p.put(" ISOLATION LEVEL ", strings.ToUpper(m.Isolation))
	}
	if m.ReadOnly != nil {
		p.put(map[bool]string{true: " READ ONLY", false: " READ WRITE"}[*m.ReadOnly])
	}
	if m.Deferrable != nil {
		p.put(map[bool]string{true: " DEFERRABLE", false: " NOT DEFERRABLE"}[*m.Deferrable])
	}
}
