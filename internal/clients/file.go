// Package clients reads what clients of PostgreSQL send by themselves: testdata/clients, as scripts/record writes it. Its
// tests replay the statements and compare the answers with PostgreSQL's.
package clients

import (
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// File is what one client has sent, in order.
type File struct {
	OIDs       map[string]Object // of the server that it was recorded on, which statements have in them
	Statements []Statement
}

// Object is what an OID was of: a row of pg_class, pg_type or pg_constraint by its name.
type Object struct{ Relation, Name string }

// Statement is one text, which may hold several statements, with the values of its parameters.
type Statement struct {
	Text   string
	Params []Param
	Line   int
}

// Param is a value as the client sent it.
type Param struct {
	OID    uint32 // of its type; 0: the client said none
	Value  []byte // nil: NULL
	Binary bool
}

// The lines of a file that are no SQL.
const (
	begin = "-- STATEMENT"
	end   = ";;"
)

// Read reads a file. In front of the statements it may have lines such as "-- OID 16385 pg_class bids".
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &File{OIDs: map[string]Object{}}
	var st *Statement
	var text []string
	for i, line := range strings.Split(string(data), "\n") {
		bad := func(err error) error { return fmt.Errorf("%s:%d: %w", path, i+1, err) }
		fields := strings.Fields(line)
		switch {
		case st == nil && strings.HasPrefix(line, "-- OID ") && len(fields) == 5:
			f.OIDs[fields[2]] = Object{fields[3], fields[4]}
		case st == nil && line == begin:
			st, text = &Statement{Line: i + 1}, nil
		case st == nil && line == "" || st == nil && strings.HasPrefix(line, "-- "):
		case st == nil:
			return nil, bad(fmt.Errorf("%q stands between statements", line))
		case line == end:
			st.Text = strings.Join(text, "\n")
			f.Statements = append(f.Statements, *st)
			st = nil
		case text == nil && strings.HasPrefix(line, "-- $"):
			p, err := param(line)
			if err != nil {
				return nil, bad(err)
			}
			st.Params = append(st.Params, p)
		default:
			text = append(text, line)
		}
	}
	if st != nil {
		return nil, fmt.Errorf("%s: the last statement has no %q behind it", path, end)
	}
	return f, nil
}

// param reads -- $1 25 "text", -- $2 23 \x00000001 or -- $3 0 NULL.
func param(line string) (Param, error) {
	parts := strings.SplitN(line, " ", 4)
	if len(parts) != 4 {
		return Param{}, fmt.Errorf("%q is no parameter", line)
	}
	oid, err := strconv.ParseUint(parts[2], 10, 32)
	p := Param{OID: uint32(oid)}
	switch v := parts[3]; {
	case err != nil:
		return p, err
	case v == "NULL":
	case strings.HasPrefix(v, `\x`):
		p.Binary = true
		p.Value, err = hex.DecodeString(v[2:])
	default:
		var s string
		s, err = strconv.Unquote(v)
		p.Value = []byte(s)
	}
	return p, err
}
