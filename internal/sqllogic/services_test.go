//go:build services

package sqllogic

import "testing"

// TestFreshQueries runs queries drawn from -seed on a real PostgreSQL and on millrace.
func TestFreshQueries(t *testing.T) { runFresh(t, *queries, *seed) }

// TestPostgresStillSaysSo asks a real PostgreSQL again for every record: that the files are its own words.
func TestPostgresStillSaysSo(t *testing.T) {
	p, text := postgres(t), schema(t)
	n := 0
	for _, f := range load(t) {
		fresh(t, p, text)
		for _, r := range f.Records {
			if !r.For("postgresql") {
				continue
			}
			n++
			again := *r
			ask(t, p, &again)
			if again.Error != r.Error || again.Types != r.Types {
				t.Errorf("%s:%d: PostgreSQL says %s %s, the file %s %s\n%s", f.Path, r.Line, again.Types, again.Error, r.Types, r.Error, r.SQL)
				continue
			}
			if how, wrong := judge(r, Answer{Types: again.Types, Rows: again.Rows, Code: again.Error}); how != right {
				t.Errorf("%s:%d: %s\n%s", f.Path, r.Line, wrong, r.SQL)
			}
		}
	}
	t.Logf("%d records asked again", n)
}
