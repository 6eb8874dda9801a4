package sql

import (
	"strings"

	"millrace/sqlerr"
)

// set reads SET [SESSION | LOCAL] name = value, name TO value, and the other spellings of PostgreSQL. A name may have dots.
func (p *parser) set() (Statement, error) {
	s := &Set{Node: p.node()}
	p.at++
	if p.accept("SESSION", "CHARACTERISTICS") {
		if err := p.expect("AS", "TRANSACTION"); err != nil {
			return nil, err
		}
		return p.setTransaction(s.Node, true)
	}
	if s.Local = p.accept("LOCAL"); !s.Local && !p.peekAt(1).is("TO") && !p.peekAt(1).op("=") {
		p.accept("SESSION")
	}
	at := p.node()
	var err error
	switch {
	case p.peek().is("TRANSACTION") && !p.peekAt(1).is("TO") && !p.peekAt(1).op("="):
		p.at++
		return p.setTransaction(s.Node, false)
	case p.accept("TIME", "ZONE"):
		s.Name = Name{Node: at, Text: "timezone"}
		if s.Value.Node = p.node(); p.accept("LOCAL") {
			s.Default = true
			return s, p.finished()
		}
	case p.accept("AUTHORIZATION"):
		s.Name = Name{Node: at, Text: "session_authorization"}
	case p.peek().is("ROLE") && !p.peekAt(1).is("TO") && !p.peekAt(1).op("="):
		p.at++
		s.Name = Name{Node: at, Text: "role"}
	case p.peek().is("NAMES") && !p.peekAt(1).is("TO") && !p.peekAt(1).op("="):
		p.at++
		s.Name = Name{Node: at, Text: "client_encoding"}
	case p.peek().is("SCHEMA") && p.peekAt(1).Kind == String:
		p.at++
		s.Name = Name{Node: at, Text: "search_path"}
	default:
		if s.Name, err = p.dotted("a setting's name"); err != nil {
			return nil, err
		}
		if !p.accept("TO") {
			if err := p.expectOp("="); err != nil {
				return nil, err
			}
		}
	}
	if s.Value.Node = p.node(); p.accept("DEFAULT") {
		s.Default = true
		return s, p.finished()
	}
	if s.Value, err = p.value(); err != nil {
		return nil, err
	}
	for p.peek().op(",") { // a list, as search_path takes it
		p.at++
		more, err := p.value()
		if err != nil {
			return nil, err
		}
		s.Value.Text += ", " + more.Text
	}
	return s, p.finished()
}

// explainOptions reads ANALYZE and VERBOSE, PostgreSQL's options in parentheses, and Flink's PLAN FOR. Options about what is
// printed are taken where the plan is printed so, or where there is no such thing to print.
func (p *parser) explainOptions(e *Explain) error {
	if t := p.peekAt(1); !p.peek().op("(") || t.Kind != Word || t.is("SELECT", "WITH", "VALUES", "TABLE") {
		e.Analyze = p.accept("ANALYZE") || p.accept("ANALYSE")
		p.accept("VERBOSE")
		p.accept("PLAN", "FOR")
		return nil
	}
	for more := true; more; more = p.peek().op(",") {
		p.at++
		option, err := p.name("an option of EXPLAIN")
		if err != nil {
			return err
		}
		at, value := p.node(), ""
		if t := p.peek(); !t.op(",") && !t.op(")") {
			v, err := p.value()
			if err != nil {
				return err
			}
			value = strings.ToLower(v.Text)
		}
		on := value == "" || value == "on" || value == "true" || value == "1"
		if !on && value != "off" && value != "false" && value != "0" && option.Text != "format" {
			return sqlerr.New(sqlerr.SyntaxError, at.At, "%s requires a Boolean value", option.Text)
		}
		switch option.Text {
		case "analyze", "analyse":
			e.Analyze = on
		case "format":
			if value != "text" {
				return sqlerr.Unsupported(at.At, "EXPLAIN (FORMAT "+strings.ToUpper(value)+")", "Leave it out: a plan is printed as text.")
			}
		case "verbose", "costs", "settings", "buffers", "wal", "timing", "summary":
		default:
			return sqlerr.New(sqlerr.SyntaxError, option.Pos(), "unrecognized EXPLAIN option %q", option.Text).
				WithHint("The options are ANALYZE, VERBOSE, COSTS, SETTINGS, BUFFERS, WAL, TIMING, SUMMARY and FORMAT TEXT.")
		}
	}
	return p.expectOp(")")
}
