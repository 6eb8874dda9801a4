package sql

import (
	"errors"
	"testing"

	"millrace/sqlerr"
)

// FuzzParse looks for panics, for errors without a place inside the text, and for statements that do not survive
// being printed.
func FuzzParse(f *testing.F) {
	for _, tc := range corpus {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stmts, err := Parse(text, nil)
		if err != nil {
			var e *sqlerr.Error
			if !errors.As(err, &e) {
				t.Fatalf("an error without a code: %v", err)
			}
			if off, ok := e.Pos.Offset(); !ok || off > len(text) {
				t.Fatalf("error %q at %d of %d", e.Message, off, len(text))
			}
			if e.Code == sqlerr.Internal {
				t.Fatalf("internal error: %v", e)
			}
			return
		}
		for _, s := range stmts {
			out := Print(s)
			again, err := Parse(out, nil)
			if err != nil {
				t.Fatalf("%q was printed as %q, which does not parse: %v", text, out, err)
			}
			if twice := Print(again[0]); twice != out {
				t.Fatalf("%q was printed as %q and then as %q", text, out, twice)
			}
		}
	})
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
