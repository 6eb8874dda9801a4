// Package pgcopy reads and writes what PostgreSQL's COPY does: its text format, CSV, and its binary format.
package pgcopy

// Format is one of the three.
type Format uint8

const (
	Text Format = iota
	CSV
	Binary
)

// Options are those of a COPY, resolved. Lists have an entry for each column, or none at all.
type Options struct {
	Format        Format
	Delimiter     byte
	Null          string
	Header, Match bool // Match: names must be those of the columns
	Quote, Escape byte // of CSV

	ForceQuote, ForceNotNull, ForceNull []bool
}

// Defaults are the options where nothing is said.
func Defaults(f Format) Options {
	if f == CSV {
		return Options{Format: CSV, Delimiter: ',', Quote: '"', Escape: '"'}
	}
	return Options{Format: f, Delimiter: '\t', Null: `\N`}
}

func set(list []bool, i int) bool { return len(list) > 0 && list[i] }
