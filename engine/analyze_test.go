package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"millrace/flow"
)

func TestExplainAnalyzeSaysWhatEachStepDid(t *testing.T) {
	s := open(t, "")
	text := `CREATE TABLE kept (id INT PRIMARY KEY, g INT); INSERT INTO kept VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
		EXPLAIN ANALYZE SELECT g, count(*) FROM kept WHERE id > 1 + 0 AND g > 0 GROUP BY g`
	stmts, err := s.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, stmt := range stmts {
		r, err := s.Exec(t.Context(), stmt)
		if err != nil {
			t.Fatal(err)
		}
		got.Reset()
		if err := r.Each(t.Context(), func(b *flow.Batch) error {
			for i := range b.Len() {
				got.WriteString(b.Rec.Column(0).ValueStr(i) + "\n")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		`Scan .*\(3 rows out, TIME\)`, `Filter .*\(3 rows in, 2 rows out, TIME\)`, `FinalAggregate .*\(2 rows in, 2 rows out, TIME, SIZE\)`,
		`Return +\(2 rows in, TIME\)`, `(?m)^\(2 rows in TIME\)$`,
	} {
		pattern := strings.NewReplacer("TIME", `\d+\.\d ms`, "SIZE", `[\d.]+ [KM]iB`).Replace(want)
		if !regexp.MustCompile(pattern).MatchString(got.String()) {
			t.Errorf("no line like %s in\n%s", want, got.String())
		}
	}
}
