// Command docs writes the pages of the manual that are made from the code: docs/sql/functions.md from the function
// tables, docs/guide/connectors.md from the options that connectors take, millrace.toml from the server's settings. make docs runs it from the repository's root.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"millrace/builtin"
	"millrace/catalog"
	"millrace/engine"
	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
	"millrace/server"
	"millrace/sources/system"
)

// page is one page and what writes it.
type page struct {
	path  string                            // from the root
	write func(page string) (string, error) // given the page as it is
}

var pages = []page{
	{"docs/sql/functions.md", whole(functions)},
	{"docs/sql/settings.md", parts(part{"own", func() string { return settingTable(engine.OwnSettings()) }}, part{"client", func() string { return settingTable(engine.ClientSettings()) }})},
	{"docs/sql/types.md", parts(part{"types", typeTable}, part{"mapping", typeMapping}, part{"casts", castTable})},
	{"docs/guide/connectors.md", whole(connectors)},
	{"docs/sql/catalog.md", parts(part{"pg_catalog", relations("pg_catalog")}, part{"information_schema", relations("information_schema")}, part{"millrace", relations("millrace")})},
	{"docs/guide/shell.md", parts(part{"commands", shellCommands})},
	{"docs/guide/server.md", parts(part{"settings", settingsTable})},
	{"docs/guide/operations.md", parts(part{"metrics", metricsTable})},
	{"millrace.toml", whole(server.Sample)},
}

// whole writes all of a page.
func whole(write func() string) func(string) (string, error) {
	return func(string) (string, error) { return write(), nil }
}

// part is what stands between <!-- name: made by make docs --> and the <!-- end --> behind it.
type part struct {
	name  string
	write func() string
}

// parts writes some of a page that is otherwise written by hand.
func parts(ps ...part) func(string) (string, error) {
	return func(page string) (string, error) {
		for _, p := range ps {
			begin := "<!-- " + p.name + ": made by make docs -->\n"
			before, rest, found := strings.Cut(page, begin)
			_, after, ended := strings.Cut(rest, "<!-- end -->")
			if !found || !ended {
				return "", fmt.Errorf("%s and its <!-- end --> are not there", strings.TrimSpace(begin))
			}
			page = before + begin + p.write() + "<!-- end -->" + after
		}
		return page, nil
	}
}

// texts are a page as it is and as it should be; root is the repository's.
func (p page) texts(root string) (before, after string, err error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p.path)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	after, err = p.write(string(text))
	if err != nil {
		err = fmt.Errorf("%s: %w", p.path, err)
	}
	return string(text), after, err
}

func main() {
	for _, p := range pages {
		_, text, err := p.texts(".")
		if err == nil {
			err = os.WriteFile(filepath.FromSlash(p.path), []byte(text), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "docs:", err)
			os.Exit(1)
		}
	}
}

// relations lists those of a schema of the system, and behind them the names of those that have no rows.
func relations(schema string) func() string {
	return func() string {
		var b strings.Builder
		var empty []string
		b.WriteString("\n| relation | its rows |\n|---|---|\n")
		for _, r := range system.Describe() {
			switch {
			case r.Schema != schema:
			case r.Empty:
				empty = append(empty, code(r.Table))
			default:
				fmt.Fprintf(&b, "| %s | %s |\n", code(r.Table), cell(r.Doc))
			}
		}
		if len(empty) > 0 {
			b.WriteString("\nThese have no rows: " + strings.Join(empty, ", ") + ".\n")
		}
		return b.String() + "\n"
	}
}

const generated = "<!-- Made by make docs. -->\n"

// cell is text as a cell of a table takes it.
func cell(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ") }

// code is a cell of code; empty stays empty.
func code(s string) string {
	switch {
	case s == "":
		return ""
	case strings.Contains(s, "`"):
		return "`` " + cell(s) + " ``"
	}
	return "`" + cell(s) + "`"
}

// groupNotes are what a group's functions have in common.
var groupNotes = map[string]string{
	"The session": "\nTheir values are those of the session when a statement is planned.\n",
	"Sets":        "\nThese give rows, in `FROM` or in the select list; the rows of an example have a semicolon between them. In `FROM` they may read\ncolumns of the tables before them and be followed by `WITH ORDINALITY`.\n",
}

func functions() string {
	var b strings.Builder
	b.WriteString(generated + "# Functions\n\nThe result of an example is text as PostgreSQL prints it. A function of NULL is NULL where nothing else is said.\n")
	all := slices.Concat(expr.Functions(), expr.SetFunctions(), expr.SessionFunctions())
	var groups []string // in the order of their first functions
	for _, f := range all {
		if !slices.Contains(groups, f.Group) {
			groups = append(groups, f.Group)
		}
	}
	slices.SortStableFunc(all, func(a, b expr.Function) int {
		return slices.Index(groups, a.Group) - slices.Index(groups, b.Group)
	})
	group := ""
	for _, f := range all {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "\n## %s\n%s\n| | takes | | example | gives |\n|---|---|---|---|---|\n", group, groupNotes[group])
		}
		var takes []string
		for _, o := range f.Overloads {
			if s := o.Signature(); !slices.Contains(takes, s) {
				takes = append(takes, s)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(f.Name), cell(strings.Join(takes, "; ")), cell(f.Doc), code(f.Example), code(f.ExampleResult))
	}
	fmt.Fprintf(&b, `
## Aggregates

All take `+"`DISTINCT`, `ORDER BY`"+` behind their arguments and `+"`FILTER (WHERE …)`"+`. Those that are said to follow updates can be
asked of rows that are updated and deleted, if they have no DISTINCT and no ORDER BY. The examples are over the table

    (%s) AS fruits (%s)

| | takes | | follows updates | example | gives |
|---|---|---|---|---|---|
`, agg.ExampleRows, agg.ExampleColumns)
	for _, f := range agg.Functions() {
		follows := ""
		if f.Retracts {
			follows = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(f.Name), cell(f.Takes), cell(f.Doc), follows, code(f.Example), code(f.ExampleResult))
	}
	fmt.Fprintf(&b, `
## Window functions

These and all aggregates are called as `+"`f(…) OVER ([w] [PARTITION BY …] [ORDER BY …] [frame])` or `f(…) OVER w`"+`, where w is of the
clause `+"`WINDOW w AS (…)`"+`; see [queries over windows of rows](windows-of-rows.md). The examples are over the table below; what they
give is said for its rows in the order of i.

    %s

| | takes | | example | gives |
|---|---|---|---|---|
`, over.Examples)
	for _, f := range over.Functions() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(f.Name), cell(f.Takes), cell(f.Doc), code(f.Example), code(f.Result))
	}
	return b.String()
}

// connector is what one name offers as a source and as a sink.
type connector struct {
	name          string
	source, sink  bool
	options       []catalog.OptionSpec
	reads, writes map[string]bool // by the option's name
}

func connectors() string {
	var all []*connector
	add := func(name string, specs []catalog.OptionSpec, sink bool) {
		i := slices.IndexFunc(all, func(c *connector) bool { return c.name == name })
		if i < 0 {
			i = len(all)
			all = append(all, &connector{name: name, reads: map[string]bool{}, writes: map[string]bool{}})
		}
		c := all[i]
		c.source, c.sink = c.source || !sink, c.sink || sink
		for _, o := range specs {
			if !c.reads[o.Name] && !c.writes[o.Name] {
				c.options = append(c.options, o)
			}
			if sink {
				c.writes[o.Name] = true
			} else {
				c.reads[o.Name] = true
			}
		}
	}
	for _, c := range builtin.Sources() {
		add(c.Name(), c.Options(), false)
	}
	for _, c := range builtin.Sinks(io.Discard) {
		add(c.Name(), c.Options(), true)
	}
	var b strings.Builder
	b.WriteString(generated + "# Connectors\n\nThe options of `WITH (connector = '…', …)`. Values take `${NAME}`.\n")
	for _, c := range all {
		use := map[[2]bool]string{{true, true}: "read and written", {true, false}: "read", {false, true}: "written"}[[2]bool{c.source, c.sink}]
		fmt.Fprintf(&b, "\n## %s\n\nIs %s.\n", c.name, use)
		if len(c.options) == 0 {
			b.WriteString("\nHas no options.\n")
			continue
		}
		b.WriteString("\n| option | default | |\n|---|---|---|\n")
		for _, o := range c.options {
			def, doc := code(o.Default), o.Doc
			if o.Required {
				def = "must be given"
			}
			switch {
			case c.source && c.sink && !c.writes[o.Name]:
				doc += " (Reading.)"
			case c.source && c.sink && !c.reads[o.Name]:
				doc += " (Writing.)"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(o.Name), def, cell(doc))
		}
	}
	return b.String()
}

// settingTable has a row for each setting.
func settingTable(list []engine.SettingDoc) string {
	var b strings.Builder
	b.WriteString("| | default | |\n|---|---|---|\n")
	for _, s := range list {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(s.Name), code(s.Default), cell(s.Doc))
	}
	return b.String()
}
