package shell

import (
	"bufio"
	"context"
	"io"
	"strings"

	"millrace/sql"
	"millrace/sqlerr"
)

// copies reports whether a statement is a COPY whose rows go through the client: "FROM" it, or "TO" it.
func copies(statement string) string {
	if firstWord(statement) != "COPY" {
		return ""
	}
	depth, last := 0, ""
	for _, t := range sql.Tokens(statement) {
		switch word := strings.ToUpper(t.Text); {
		case t.Kind == sql.Operator && t.Text == "(":
			depth++
		case t.Kind == sql.Operator && t.Text == ")":
			depth--
		case t.Kind == sql.Word && depth == 0 && (last == "FROM" || last == "TO") && (word == "STDIN" || word == "STDOUT"):
			return last
		case t.Kind == sql.Word:
			last = word
		}
	}
	return ""
}

// errCopyFrom says what the shell does not do: rows between statements.
var errCopyFrom = sqlerr.Unsupported(0, "COPY … FROM STDIN in the shell",
	"Read the rows by a table WITH (connector = 'file', …) and INSERT INTO … SELECT; other clients of a server can send them.")

// copyOut is the Result of COPY … TO STDOUT.
func (r *remote) copyOut(text string) *Result {
	return &Result{Notices: func() []string { return r.notices }, Copy: func(ctx context.Context, to io.Writer) error {
		w := bufio.NewWriterSize(to, 64<<10)
		_, err := r.conn.CopyTo(ctx, w, text)
		if err != nil {
			_ = w.Flush() // what came before it
			return r.errorOf(err, text)
		}
		return w.Flush()
	}}
}
