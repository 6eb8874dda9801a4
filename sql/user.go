package sql

import (
	"strings"

	"millrace/sqlerr"
)

// CreateUser is CREATE USER name PASSWORD '…'.
type CreateUser struct {
	Node
	Name     Name
	Password Value
}

// AlterUser is ALTER USER name PASSWORD '…'.
type AlterUser struct {
	Node
	Name     Name
	Password Value
}

// DropUser is DROP USER [IF EXISTS] name, ….
type DropUser struct {
	Node
	IfExists bool
	Names    []Name
}

func (*CreateUser) statement() {}
func (*AlterUser) statement()  {}
func (*DropUser) statement()   {}

// user reads what stands behind CREATE USER and ALTER USER.
func (p *parser) user() (name Name, password Value, err error) {
	if name, err = p.name("the user's name"); err != nil {
		return name, password, err
	}
	p.accept("WITH")
	given := false
	for !p.done() {
		switch t := p.peek(); {
		case t.is("PASSWORD", "ENCRYPTED"):
			p.accept("ENCRYPTED")
			if err := p.expect("PASSWORD"); err != nil {
				return name, password, err
			}
			if p.peek().Kind != String || given {
				return name, password, p.unexpected("one password in quotes")
			}
			if password, err = p.value(); err != nil {
				return name, password, err
			}
			given = true
		case t.is("LOGIN", "INHERIT"): // as all users are
			p.at++
		case t.Kind == Word:
			return name, password, sqlerr.Unsupported(sqlerr.At(t.Pos), strings.ToUpper(t.Text)+" of a user", "All users can log in and have the same rights: leave it out.")
		default:
			return name, password, p.unexpected("PASSWORD")
		}
	}
	if !given {
		return name, password, p.unexpected("PASSWORD '…'")
	}
	return name, password, nil
}

func (p *parser) alter() (Statement, error) {
	n := p.node()
	if !p.peekAt(1).is("USER", "ROLE") {
		return nil, sqlerr.Unsupported(n.At, "ALTER", notOurs["ALTER"])
	}
	p.at += 2
	name, password, err := p.user()
	return &AlterUser{Node: n, Name: name, Password: password}, err
}

func (p *parser) dropUser(n Node) (Statement, error) {
	d := &DropUser{Node: n}
	if p.accept("IF") {
		d.IfExists = true
		if err := p.expect("EXISTS"); err != nil {
			return nil, err
		}
	}
	for {
		name, err := p.name("the user's name")
		if err != nil {
			return nil, err
		}
		d.Names = append(d.Names, name)
		if !p.peek().op(",") {
			return d, p.finished()
		}
		p.at++
	}
}

// userStatement leaves the password out.
func (p *printer) userStatement(verb string, n Name) {
	p.put(verb, " USER ", quoteName(n.Text), " PASSWORD '***'")
}
