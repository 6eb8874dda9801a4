package sql

import (
	"errors"
	"testing"

	"millrace/sqlerr"
)

// checkAny parses any text: an error has a code and a place in the text, and is none of the parser's own; a statement
// survives being printed, and all its places are in the text.
func checkAny(t *testing.T, text string) {
	t.Helper()
	stmts, err := Parse(text, nil)
	if err != nil {
		var e *sqlerr.Error
		if !errors.As(err, &e) {
			t.Fatalf("%q: an error without a code: %v", text, err)
		}
		if off, ok := e.Pos.Offset(); !ok || off > len(text) {
			t.Fatalf("%q: error %q at %d of %d", text, e.Message, off, len(text))
		}
		if e.Code == sqlerr.Internal || e.Code == "" {
			t.Fatalf("%q: internal error: %v: %s", text, e, e.Detail)
		}
		return
	}
	for _, s := range stmts {
		survives(t, s, text)
		places(t, s, text)
	}
}

// FuzzParse looks for panics, for errors without a place inside the text, and for statements that do not survive
// being printed.
func FuzzParse(f *testing.F) {
	for _, s := range allStatements() {
		f.Add(s)
	}
	f.Fuzz(checkAny)
}

// FuzzTokens: any text is split into tokens that lie inside it, in order.
func FuzzTokens(f *testing.F) {
	for _, tc := range corpus {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, tok := range Tokens(text) {
			if tok.Pos < at || tok.End < tok.Pos || tok.End > len(text) {
				t.Fatalf("token %+v after %d", tok, at)
			}
			at = tok.End
		}
	})
}

func BenchmarkParse(b *testing.B) {
	const text = `SELECT window_start, channel, count(*), sum(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
WHERE price > 100 AND channel IS NOT NULL GROUP BY window_start, window_end, channel`
	for b.Loop() {
		if _, err := Parse(text, nil); err != nil {
			b.Fatal(err)
		}
	}
}
