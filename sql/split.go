package sql

import "strings"

// Piece is one statement of a text that may not be finished, or a command of a shell.
type Piece struct {
	Text     string
	Offset   int
	Complete bool // a statement that ends in a semicolon
	Command  bool // from a backslash to the end of its line
}

// Split cuts a text at its semicolons, and takes the commands of a shell out of it, which a backslash outside of quotes
// begins. What cannot be read does not end a statement.
func Split(text string) []Piece {
	s := &scanner{text: text}
	var out []Piece
	start, any := 0, false
	for {
		from := s.at
		t, ok, err := s.next()
		switch {
		case err != nil && s.open:
			if !any {
				start = t.Pos
			}
			return append(out, Piece{Text: text[start:], Offset: start})
		case err != nil && text[t.Pos] == '\\':
			if any {
				out = append(out, Piece{Text: text[start:t.Pos], Offset: start})
			}
			line, _, _ := strings.Cut(text[t.Pos:], "\n")
			out = append(out, Piece{Text: strings.TrimRight(line, blanks), Offset: t.Pos, Command: true})
			s.at = t.Pos + len(line)
			start, any = s.at, false
		case err != nil:
			if !any {
				start, any = t.Pos, true
			}
			s.at = max(s.at, t.Pos+1, from+1)
		case !ok:
			if any {
				out = append(out, Piece{Text: text[start:], Offset: start})
			}
			return out
		case t.op(";"):
			if any {
				out = append(out, Piece{Text: text[start:t.End], Offset: start, Complete: true})
			}
			start, any = t.End, false
		case t.Kind != Comment && !any:
			start, any = t.Pos, true
		}
	}
}

// Ends reports whether a statement, or a line with a command of a shell, ends in text[from:], and up to where the text
// need not be looked at again once there is more of it.
func Ends(text string, from int) (ends bool, seen int) {
	s := &scanner{text: text, at: from}
	for {
		at := s.at
		t, ok, err := s.next()
		switch {
		case err != nil && s.open:
			return false, t.Pos
		case err != nil && text[t.Pos] == '\\':
			return true, t.Pos
		case err != nil:
			s.at = max(s.at, t.Pos+1, at+1)
		case !ok:
			return false, s.at
		case t.op(";"):
			return true, t.End
		}
	}
}
