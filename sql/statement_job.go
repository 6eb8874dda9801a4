package sql

import (
	"strings"

	"millrace/sqlerr"
)

// AlterJob is PAUSE | RESUME | CANCEL JOB name. DROP JOB is CANCEL. Verb is in upper case.
type AlterJob struct {
	Node
	Verb     string
	IfExists bool
	Name     Name
}

// ShowJob is SHOW JOB [LOG] name, and DESCRIBE JOB name.
type ShowJob struct {
	Node
	Log  bool
	Name Name
}

func (*AlterJob) statement() {}
func (*ShowJob) statement()  {}

// jobName reads a job's name: a name, or a string.
func (p *parser) jobName() (Name, error) {
	if t := p.peek(); t.Kind == String {
		n := Name{Node: p.node(), Text: t.Text}
		p.at++
		return n, nil
	}
	return p.name("a job's name")
}

// alterJob reads a statement that begins with one of the verbs.
func (p *parser) alterJob() (Statement, error) {
	s := &AlterJob{Node: p.node(), Verb: strings.ToUpper(p.peek().Text)}
	if s.Verb == "DROP" {
		s.Verb = "CANCEL"
	}
	p.at++
	if err := p.expect("JOB"); err != nil {
		return nil, err
	}
	if p.accept("IF") {
		s.IfExists = true
		if err := p.expect("EXISTS"); err != nil {
			return nil, err
		}
	}
	var err error
	if s.Name, err = p.jobName(); err != nil {
		return nil, err
	}
	return s, p.finished()
}

// showJob reads what stands behind SHOW JOB.
func (p *parser) showJob(n Node) (Statement, error) {
	s := &ShowJob{Node: n}
	if p.peek().is("LOG") && p.at+1 < len(p.tokens) {
		s.Log = true
		p.at++
	}
	var err error
	if s.Name, err = p.jobName(); err != nil {
		return nil, err
	}
	return s, p.finished()
}

// Quote writes a name as it must stand in a statement.
func Quote(name string) string { return quoteName(name) }

// Redact is a text with the values at the given places as '***'. A value that is only a variable stays: it hides
// nothing.
func Redact(text string, places []sqlerr.Pos) string {
	at := map[int]bool{}
	for _, p := range places {
		if off, ok := p.Offset(); ok {
			at[off] = true
		}
	}
	if len(at) == 0 {
		return text
	}
	tokens, _ := scan(text)
	var b strings.Builder
	from := 0
	for _, t := range tokens {
		if !at[t.Pos] || t.Kind == String && strings.HasPrefix(t.Text, "${") && strings.Index(t.Text, "}") == len(t.Text)-1 {
			continue
		}
		b.WriteString(text[from:t.Pos])
		b.WriteString("'***'")
		from = t.End
	}
	b.WriteString(text[from:])
	return b.String()
}
