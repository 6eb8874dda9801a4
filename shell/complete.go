package shell

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"millrace/sql"
	"millrace/types"
)

// candidate is what Tab may write.
type candidate struct{ text, note string }

// completer knows what can be written where. What it has asked it remembers until a statement changes something.
type completer struct {
	shell   *Shell
	answers map[string][][]string
}

// changed is told of each statement that ran.
func (c *completer) changed(statement string) {
	switch firstWord(statement) {
	case "SELECT", "EXPLAIN", "SHOW", "DESCRIBE", "VALUES", "WITH", "INSERT", "UPDATE", "DELETE":
	default:
		c.answers = nil
	}
}

// patience is how long Tab waits for a server.
const patience = 2 * time.Second

// ask gives the rows of a question; none where it fails.
func (c *completer) ask(question string) [][]string {
	if rows, ok := c.answers[question]; ok {
		return rows
	}
	if c.shell.Backend.Busy() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, rows, err := c.shell.ask(ctx, question)
	if err != nil {
		return nil
	}
	if c.answers == nil {
		c.answers = map[string][][]string{}
	}
	c.answers[question] = rows
	return rows
}

// column is the values of a column of an answer.
func (c *completer) column(question string, n int) []string {
	var out []string
	for _, row := range c.ask(question) {
		if n < len(row) {
			out = append(out, row[n])
		}
	}
	return out
}

// tables are the names of the tables, as a statement has them.
func (c *completer) tables() []string {
	names := c.column(c.questions().tables, 0)
	for i := range names {
		names[i] = written(names[i])
	}
	return names
}

func (c *completer) questions() questions { return dialects[c.shell.Backend.Dialect()] }

// at is what can be written at the end of a text, in place of text[from:].
func (c *completer) at(text string) (from int, offers []candidate) {
	pieces := sql.Split(text)
	if len(pieces) > 0 && pieces[len(pieces)-1].Command {
		return c.command(text, pieces[len(pieces)-1])
	}
	start := len(text)
	if n := len(pieces); n > 0 && !pieces[n-1].Complete {
		start = pieces[n-1].Offset
	}
	from, word := lastWord(text)
	if all := sql.Tokens(text[start:]); len(all) > 0 { // a name in quotes that are open, with its blanks
		if last := all[len(all)-1]; last.Kind == sql.Bad && text[start+last.Pos] == '"' {
			from, word = start+last.Pos, text[start+last.Pos:]
		}
	}
	tokens := sql.Tokens(text[start:max(from, start)])
	if n := len(tokens); n > 0 && tokens[n-1].Kind == sql.Comment && tokens[n-1].End+start >= from && !strings.HasSuffix(text, "\n") {
		return from, nil
	}
	return c.statement(text[start:], tokens, from, word)
}

// lastWord is the name, with its dots, that a text ends in.
func lastWord(text string) (from int, word string) {
	from = len(text)
	for from > 0 && (isNamePart(text[from-1]) || text[from-1] == '.') {
		from--
	}
	if from > 0 && (text[from-1] == '\'' || text[from-1] == '"') {
		from--
	}
	return from, text[from:]
}

func isNamePart(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// statement is what can be written behind the tokens of a statement that is not complete.
func (c *completer) statement(whole string, tokens []sql.Token, from int, word string) (int, []candidate) {
	before := func(n int) string { // the n-th token before the word, in upper case
		if n > len(tokens) {
			return ""
		}
		return strings.ToUpper(tokens[len(tokens)-n].Text)
	}
	var names []candidate
	add := func(note string, list ...string) {
		for _, n := range list {
			names = append(names, candidate{n, note})
		}
	}
	switch {
	case connectorOf(tokens) != nil:
		connector := *connectorOf(tokens)
		switch before(1) {
		case "=":
			if before(2) == "CONNECTOR" {
				for _, n := range distinct(c.column(c.questions().connectors, 0)) {
					add("connector", "'"+n+"'")
				}
			}
		default:
			for _, row := range c.ask(c.questions().connectors) {
				if len(row) > 4 && (row[0] == connector || connector == "") {
					names = append(names, candidate{row[1] + " = ", row[4]})
				}
			}
			add("option", "connector = ")
		}
		return from, matching(dedupe(names), word)
	case len(tokens) == 1 && slices.Contains([]string{"SET", "RESET", "SHOW"}, before(1)):
		for _, row := range c.ask(c.questions().settings) {
			if len(row) > 2 {
				names = append(names, candidate{row[0], row[2]})
			}
		}
		if before(1) == "SHOW" {
			add("", "TABLES", "VIEWS", "FUNCTIONS", "CONNECTORS", "SETTINGS", "JOBS", "CREATE TABLE", "CREATE VIEW")
		}
		return from, matching(names, word)
	case slices.Contains(beforeTables, before(1)), before(1) == "," && inFrom(tokens):
		add("table", c.tables()...)
		if names = matching(names, word); len(names) > 0 || word == "" {
			return from, names
		}
		return from, matching(keywordCandidates(word), word)
	}
	tables := namedTables(whole, sql.Tokens(whole))
	if qualifier, column, ok := strings.Cut(word, "."); ok {
		table := qualifier
		if t, ok := tables[strings.ToLower(qualifier)]; ok {
			table = t
		}
		add("column of "+table, c.columns(table)...)
		names = matching(names, column)
		for i := range names {
			names[i].text = qualifier + "." + names[i].text
		}
		return from, names
	}
	var seen []string
	for _, t := range tables {
		if !slices.Contains(seen, t) {
			seen = append(seen, t)
		}
	}
	slices.Sort(seen)
	for _, t := range seen {
		add("column of "+t, c.columns(t)...)
	}
	names = dedupe(names)
	if word == "" {
		return from, names
	}
	for _, row := range c.ask(c.questions().functions) {
		if len(row) > 2 {
			names = append(names, candidate{row[0] + "(", row[2]})
		}
	}
	return from, matching(append(names, keywordCandidates(word)...), word)
}

// columns of a table, as a statement has them.
func (c *completer) columns(table string) []string {
	names := c.column(c.questions().columns(table), 0)
	for i := range names {
		names[i] = sql.Quote(names[i])
	}
	return names
}

// beforeTables are the words behind which a table's name stands.
var beforeTables = []string{"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "DESC", "TRUNCATE", "VIEW", "TO"}

// inFrom reports whether tokens end in the FROM clause, where a comma is followed by a table.
func inFrom(tokens []sql.Token) bool {
	depth := 0
	for i := len(tokens) - 1; i >= 0; i-- {
		switch t := tokens[i]; strings.ToUpper(t.Text) {
		case ")":
			depth++
		case "(":
			if depth--; depth < 0 {
				return false
			}
		case "FROM":
			if depth == 0 {
				return true
			}
		case "SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "SET", "ON":
			if depth == 0 {
				return false
			}
		}
	}
	return false
}

// connectorOf is, inside WITH ( … ) of a CREATE, the connector that is named there, "" where none is; else nil.
func connectorOf(tokens []sql.Token) *string {
	if len(tokens) == 0 || !strings.EqualFold(tokens[0].Text, "CREATE") {
		return nil
	}
	depth := 0
	for i := len(tokens) - 1; i >= 0; i-- {
		switch t := tokens[i]; {
		case t.Kind == sql.Operator && t.Text == ")":
			depth++
		case t.Kind == sql.Operator && t.Text == "(":
			if depth--; depth >= 0 {
				continue
			}
			if i == 0 || !strings.EqualFold(tokens[i-1].Text, "WITH") {
				return nil
			}
			name := ""
			for j := i; j+2 < len(tokens); j++ {
				if strings.EqualFold(tokens[j].Text, "connector") && tokens[j+1].Text == "=" {
					name = tokens[j+2].Text
				}
			}
			return &name
		}
	}
	return nil
}

// namedTables are the tables of a statement by the names that their columns can have before the dot.
func namedTables(text string, tokens []sql.Token) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(tokens); i++ {
		word := strings.ToUpper(tokens[i].Text)
		if tokens[i].Kind != sql.Word || !slices.Contains([]string{"FROM", "JOIN", "INTO", "UPDATE"}, word) {
			continue
		}
		for i++; i < len(tokens); i++ {
			if k := tokens[i].Kind; k != sql.Word && k != sql.Quoted {
				break
			}
			name := text[tokens[i].Pos:tokens[i].End]
			last := tokens[i].Text
			for i+2 < len(tokens) && tokens[i+1].Text == "." {
				name, last = name+"."+text[tokens[i+2].Pos:tokens[i+2].End], tokens[i+2].Text
				i += 2
			}
			out[strings.ToLower(last)] = name
			if i+1 < len(tokens) && strings.EqualFold(tokens[i+1].Text, "AS") {
				i++
			}
			if i+1 < len(tokens) && tokens[i+1].Kind == sql.Word && !isKeyword(tokens[i+1].Text) {
				i++
				out[strings.ToLower(tokens[i].Text)] = name
			}
			if i+1 >= len(tokens) || tokens[i+1].Text != "," || word != "FROM" {
				break
			}
			i++
		}
	}
	return out
}

// command is what can be written behind a backslash.
func (c *completer) command(text string, p sql.Piece) (int, []candidate) {
	line := text[p.Offset:]
	name, _, hasArgument := strings.Cut(line, " ")
	if !hasArgument {
		var out []candidate
		for _, cmd := range commands() {
			out = append(out, candidate{cmd.name + " ", cmd.doc})
		}
		return p.Offset, matching(out, name)
	}
	argument := line[strings.LastIndexByte(line, ' ')+1:]
	from := len(text) - len(argument)
	cmd := findCommand(name)
	if cmd == nil {
		return from, nil
	}
	var out []candidate
	switch cmd.takes {
	case takesFile:
		return from, files(argument)
	case takesTable:
		if i := strings.IndexByte(line, '"'); i >= 0 && strings.Count(line, `"`) == 1 { // a name with blanks
			argument, from = line[i:], p.Offset+i
		}
		for _, t := range c.tables() {
			out = append(out, candidate{t, "table"})
		}
	case takesFunction:
		for _, row := range c.ask(c.questions().functions) {
			if len(row) > 2 {
				out = append(out, candidate{row[0], row[2]})
			}
		}
	case takesStatement:
		argument = strings.TrimLeft(line[len(name):], " ")
		from = len(text) - len(argument)
		for _, h := range statementHelp {
			out = append(out, candidate{h.name, ""})
		}
	default:
		for _, w := range cmd.words {
			out = append(out, candidate{w, ""})
		}
	}
	return from, matching(out, argument)
}

// files are those whose path begins with a text.
func files(path string) []candidate {
	found, err := filepath.Glob(globEscape(expandHome(path)) + "*")
	if err != nil {
		return nil
	}
	var out []candidate
	dir := path[:strings.LastIndexByte(path, '/')+1]
	for _, f := range found {
		name := filepath.Base(f)
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(filepath.Base(path), ".") {
			continue
		}
		if info, err := os.Stat(f); err == nil && info.IsDir() {
			name += "/"
		}
		out = append(out, candidate{dir + name, ""})
		if len(out) == 200 {
			break
		}
	}
	return out
}

func globEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(s)
}

// matching are the candidates that begin with a word, whatever the case and with or without a quote.
func matching(list []candidate, word string) []candidate {
	var out []candidate
	bare, quoted := strings.CutPrefix(word, `"`)
	for _, c := range list {
		if quoted && strings.TrimRight(c.text, " (") != c.text { // a keyword or function
			continue
		}
		text := strings.TrimPrefix(c.text, `"`)
		if len(text) >= len(bare) && strings.EqualFold(text[:len(bare)], bare) && c.text != word {
			out = append(out, c)
		}
	}
	return out
}

func dedupe(list []candidate) []candidate {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(c candidate) bool {
		was := seen[c.text]
		seen[c.text] = true
		return was
	})
}

func distinct(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// commonPrefix is what all candidates begin with.
func commonPrefix(list []candidate) string {
	prefix := list[0].text
	for _, c := range list[1:] {
		for !strings.HasPrefix(c.text, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}

// keywordCandidates are the keywords and types, in the case that the word is in.
func keywordCandidates(word string) []candidate {
	lower := word != "" && word == strings.ToLower(word)
	var out []candidate
	for _, k := range append(slices.Clone(keywords), types.Names()...) {
		if lower {
			k = strings.ToLower(k)
		}
		out = append(out, candidate{k + " ", ""})
	}
	return dedupe(out)
}

// isKeyword reports whether a word is one of the language's.
func isKeyword(word string) bool {
	_, found := slices.BinarySearch(keywords, strings.ToUpper(word))
	return found
}

// keywords are the words of the language that are worth completing and colouring, sorted.
var keywords = strings.Fields(`ALL ALTER ALWAYS ANALYZE AND ANY APPEND ARRAY AS ASC AT BEGIN BETWEEN BY CANCEL CASE CAST CHANGES CLOSE COMMIT CONFLICT
	CONNECTORS COPY CREATE CROSS CUBE CUMULATE CURRENT_DATE CURRENT_TIMESTAMP DAY DEALLOCATE DECLARE DEFAULT DELETE DESC DESCRIBE DESCRIPTOR DISTINCT DO
	DROP ELSE EMIT END ESCAPE EXCEPT EXECUTE EXISTS EXPLAIN EXTRACT FALSE FETCH FILTER FIRST FOLLOWING FOR FROM FULL FUNCTIONS GROUP GROUPING HAVING HOP
	HOUR IF ILIKE IN INNER INSERT INTERSECT INTERVAL INTO IS JOB JOBS JOIN KEY LAST LATERAL LEFT LIKE LIMIT MATERIALIZED MINUTE MONTH NATURAL NEXT NOT
	NOTHING NULL NULLS OFFSET ON ONLY OR ORDER ORDINALITY OUTER OVER PARTITION PASSWORD PAUSE PRECEDING PREPARE PRIMARY QUALIFY RANGE RECURSIVE RESET
	RESUME RETURNING RIGHT ROLLBACK ROLLUP ROW ROWS SECOND SELECT SET SETS SETTINGS SHOW SINK SOME SOURCE SUBSCRIBE TABLE TABLES THEN TIES TO TRUE
	TRUNCATE TUMBLE UNBOUNDED UNION UNNEST UPDATE USER USING VALUES VIEW VIEWS WATERMARK WHEN WHERE WINDOW WITH WITHIN WITHOUT YEAR`)
