package shell

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// psqlVariables are those that psql gives a meaning which this shell does not: to set one would be a lie.
var psqlVariables = strings.Fields("AUTOCOMMIT COMP_KEYWORD_CASE ECHO ECHO_HIDDEN FETCH_COUNT HIDE_TABLEAM HIDE_TOAST_COMPRESSION HISTCONTROL HISTFILE" +
	" HISTSIZE IGNOREEOF ON_ERROR_ROLLBACK PROMPT1 PROMPT2 PROMPT3 QUIET SHOW_ALL_RESULTS SHOW_CONTEXT SINGLELINE SINGLESTEP VERBOSITY")

// onErrorStop is the one variable that the shell itself reads.
const onErrorStop = "ON_ERROR_STOP"

// set is \set: alone it lists the variables, else it sets one to its arguments one behind the other.
func (s *Shell) set(_ context.Context, c *call) error {
	name := c.arg(0)
	switch {
	case name == "":
		w := s.out.writer()
		fmt.Fprintf(w, "%s = '%s'\n", onErrorStop, map[bool]string{true: "on", false: "off"}[s.stop])
		for _, name := range slices.Sorted(maps.Keys(s.variables)) {
			fmt.Fprintf(w, "%s = '%s'\n", name, s.variables[name])
		}
		return nil
	case name == onErrorStop:
		word := c.arg(1)
		if word == "" {
			word = "on"
		}
		return s.toggle(&s.stop, onErrorStop, word)
	case slices.Contains(psqlVariables, name):
		return sqlerr.Unsupported(0, `\set `+name, `\? lists the settings that there are; settings of the session are set by SET.`)
	}
	return s.assign(name, strings.Join(c.args[1:], ""))
}

func (s *Shell) assign(name, value string) error {
	if variableAt(name) != len(name) || name == "" {
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "%q is no name of a variable", name).
			WithHint("It is of letters, digits and _, and does not begin with a digit.")
	}
	if s.variables == nil {
		s.variables = map[string]string{}
	}
	s.variables[name] = value
	return nil
}

func (s *Shell) unset(_ context.Context, c *call) error {
	switch name := c.arg(0); name {
	case "":
		return usage(c, "a name")
	case onErrorStop:
		s.stop = false
	default:
		delete(s.variables, name)
	}
	return nil
}

// gset is \gset: it runs the statement and makes variables of the columns of its one row.
func (s *Shell) gset(ctx context.Context, c *call) error {
	text := s.current(c)
	*c.pending = ""
	if strings.TrimSpace(text) == "" {
		return usage(c, "a statement before it")
	}
	s.last = text
	if err := s.setFromRow(ctx, c.arg(0), strings.TrimSuffix(strings.TrimRight(text, " \t\r\n"), ";")); err != nil {
		s.report(err, text, source{})
		return ErrReported
	}
	return nil
}

var errNotOneRow = sqlerr.New(sqlerr.CardinalityViolation, 0, `\gset takes a statement that gives one row`)

func (s *Shell) setFromRow(ctx context.Context, prefix, statement string) error {
	r, err := s.Backend.Exec(ctx, statement)
	if err != nil {
		return err
	}
	if r.Schema == nil {
		return errNotOneRow
	}
	var values []*string // nil: NULL
	err = r.Each(ctx, func(b *flow.Batch) error {
		for row := range b.Len() {
			if values != nil {
				return errNotOneRow
			}
			values = make([]*string, len(r.Schema))
			for i, c := range r.Schema {
				if a := b.Rec.Column(i); a.IsValid(row) {
					text := string(types.AppendText(nil, a, row, c.Type))
					values[i] = &text
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if values == nil {
		return errNotOneRow
	}
	for i, c := range r.Schema {
		if values[i] == nil {
			delete(s.variables, prefix+c.Name)
		} else {
			err = errors.Join(err, s.assign(prefix+c.Name, *values[i]))
		}
	}
	return err
}

// variableAt is how long the name of a variable is that a text begins with.
func variableAt(text string) int {
	n := 0
	for n < len(text) && isNamePart(text[n]) && (n > 0 || text[0] < '0' || text[0] > '9') {
		n++
	}
	return n
}

// reference reads :NAME, :'NAME' or :"NAME" at the begin of a text, and gives what stands for it and how long it is. A
// variable that is not set is no reference: a colon has other meanings too.
func (s *Shell) reference(text string) (value string, length int) {
	if len(s.variables) == 0 || len(text) < 2 || text[0] != ':' {
		return "", 0
	}
	quote := text[1]
	if quote != '\'' && quote != '"' {
		n := variableAt(text[1:])
		if value, ok := s.variables[text[1:1+n]]; ok {
			return value, 1 + n
		}
		return "", 0
	}
	n := variableAt(text[2:])
	value, ok := s.variables[text[2:2+n]]
	if !ok || !strings.HasPrefix(text[2+n:], string(quote)) {
		return "", 0
	}
	q := string(quote)
	return q + strings.ReplaceAll(value, q, q+q) + q, 3 + n
}

// substitute puts the values of variables into a statement, outside of its quotes and comments, and reports whether there
// were any.
func (s *Shell) substitute(text string) (string, bool) {
	if len(s.variables) == 0 || !strings.Contains(text, ":") {
		return text, false
	}
	var b strings.Builder
	done := 0
	for _, t := range sql.Tokens(text) {
		if t.Pos < done || t.Kind != sql.Operator && t.Kind != sql.Bad || !strings.HasPrefix(text[t.Pos:], ":") || strings.HasPrefix(text[t.Pos:], "::") {
			continue
		}
		if value, length := s.reference(text[t.Pos:]); length > 0 {
			b.WriteString(text[done:t.Pos])
			b.WriteString(value)
			done = t.Pos + length
		}
	}
	if done == 0 {
		return text, false
	}
	b.WriteString(text[done:])
	return b.String(), true
}
