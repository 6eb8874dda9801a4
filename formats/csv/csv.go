// Package csv is the format of records that are one line of comma-separated values each, quoted as RFC 4180 says.
//
// Fields go by their position: the first is the table's first column that is stored in records (neither METADATA nor
// computed), and so on; a file with a header has them in the order that its header says. A record has exactly as many
// fields as there are such columns. A line end at the end of a record is not part of it; line ends inside quotes are
// part of the field.
//
// A field is read as a CAST from TEXT reads it, and written as a CAST to TEXT writes it: 2026-01-31 13:05:00, \xdead,
// true. A field that is empty and not quoted is NULL, or one that is csv.null if that option is set; a NOT NULL column
// refuses it. ARRAY, MAP and ROW are written as JSON text and are not read: declare them as TEXT or JSON.
package csv

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/sqlerr"
	"millrace/types"
)

// New makes the format.
func New() formats.Format { return format{} }

type format struct{}

func (format) Name() string { return "csv" }

func (format) Options() []formats.Option {
	return []formats.Option{
		{Name: "delimiter", Default: ",", Doc: "The one character between fields; 'tab' for a tabulator."},
		{Name: "quote", Default: `"`, Doc: "The one character around fields; '' where nothing is quoted."},
		{Name: "null", Default: "", Doc: "The unquoted text that stands for NULL."},
	}
}

// Syntax is how lines are written.
type Syntax struct {
	Delimiter byte
	Quote     byte // 0: nothing is quoted
	Null      string
}

// SyntaxOf reads the options of the format.
func SyntaxOf(opts map[string]string) (Syntax, error) {
	s := Syntax{Delimiter: ',', Quote: '"', Null: opts["null"]}
	if v, ok := opts["delimiter"]; ok {
		switch {
		case v == "tab" || v == `\t`:
			s.Delimiter = '\t'
		case len(v) == 1:
			s.Delimiter = v[0]
		default:
			return s, badOption("delimiter", v, "one character of ASCII, or 'tab'")
		}
	}
	if v, ok := opts["quote"]; ok {
		switch len(v) {
		case 0:
			s.Quote = 0
		case 1:
			s.Quote = v[0]
		default:
			return s, badOption("quote", v, "one character of ASCII, or '' for none")
		}
	}
	if s.Delimiter == s.Quote || strings.IndexByte("\r\n", s.Delimiter) >= 0 || strings.IndexByte("\r\n", s.Quote) >= 0 {
		return s, badOption("delimiter", string(s.Delimiter), "another character than the quote or a line end")
	}
	if strings.ContainsAny(s.Null, "\r\n"+string(rune(s.Delimiter))) || s.Quote != 0 && strings.IndexByte(s.Null, s.Quote) >= 0 {
		return s, badOption("null", s.Null, "text without delimiters, quotes and line ends")
	}
	return s, nil
}

func badOption(name, value, want string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, 0, "option %q: %q cannot be used", "csv."+name, value).
		WithHint("It is %s.", want)
}

// NewDecoder makes a decoder of records that have the wanted fields and no others.
func (f format) NewDecoder(want types.Schema, opts map[string]string, mem memory.Allocator) (formats.Decoder, error) {
	at := make([]int, len(want))
	for i := range at {
		at[i] = i
	}
	return f.NewFieldDecoder(want, at, len(want), opts, mem)
}

// NewFieldDecoder makes a decoder of records with so many fields, of which want[i] is field at[i].
func (format) NewFieldDecoder(want types.Schema, at []int, fields int, opts map[string]string, mem memory.Allocator) (formats.Decoder, error) {
	s, err := SyntaxOf(opts)
	if err != nil {
		return nil, err
	}
	return newDecoder(want, at, fields, s, mem)
}

func (format) NewEncoder(have types.Schema, opts map[string]string) (formats.Encoder, error) {
	s, err := SyntaxOf(opts)
	if err != nil {
		return nil, err
	}
	return &encoder{have: have, syntax: s}, nil
}

// quote shows a value in an error: at most 60 bytes of it.
func quote(v []byte) string {
	const most = 60
	if len(v) > most {
		return fmt.Sprintf("%q…", v[:most])
	}
	return fmt.Sprintf("%q", v)
}
